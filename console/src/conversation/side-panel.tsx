import { useState } from 'preact/hooks';
import { ask } from '../api/ask.js';
import { compact, counted, moment, whole } from '../format.js';
import {
  type AgentCardFragment,
  AgentStateDocument,
  type FeedbackEntryFragment,
  type SessionDetailsFragment,
} from '../generated/operations.js';
import { Icon } from '../ui/icon.js';
import { Ago } from '../ui/time.js';
import { JsonBlock } from './json-block.js';
import { useOpened } from './opened.js';

/** What is known of a session beside its messages. */
export function SidePanel({ details }: { details: SessionDetailsFragment }) {
  const { sessionId, metadata, agents, feedback, guardrailEvents, usage, type, applicationName, createdAt } =
    details;
  return (
    <aside class="panel" aria-label="About this conversation">
      <section>
        <h2>Session</h2>
        <dl class="facts">
          <Fact name="Id">
            <bdi>
              <code>{sessionId}</code>
            </bdi>
          </Fact>
          {applicationName !== null && (
            <Fact name="Application">
              <bdi>{applicationName}</bdi>
            </Fact>
          )}
          <Fact name="Type">
            <bdi>{type}</bdi>
          </Fact>
          {createdAt !== null && <Fact name="Started">{moment(createdAt)}</Fact>}
          {Boolean(usage.totalTokens) && (
            <Fact name="Tokens">
              {whole(usage.totalTokens ?? 0)}{' '}
              <span class="faint">
                {compact(usage.inputTokens ?? 0)} in, {compact(usage.outputTokens ?? 0)} out
              </span>
            </Fact>
          )}
        </dl>
      </section>
      <section>
        <h2>Metadata</h2>
        {Object.keys(metadata).length === 0 ? (
          <p class="faint">None</p>
        ) : (
          <JsonBlock id="metadata" value={metadata} />
        )}
      </section>
      <section>
        <h2>{counted(agents.length, 'agent')}</h2>
        {agents.map((agent, index) => (
          <AgentCard key={agent.agentId} sessionId={sessionId} agent={agent} index={index} />
        ))}
      </section>
      <section>
        <h2>Feedback</h2>
        {feedback.length === 0 && <p class="faint">None</p>}
        <ul class="feedback">
          {feedback.map((entry, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: feedback is only ever added
            <FeedbackLine key={index} entry={entry} id={`feedback:${index}`} />
          ))}
        </ul>
      </section>
      {guardrailEvents.length > 0 && (
        <section>
          <h2>Guardrails</h2>
          <ul class="feedback">
            {guardrailEvents.map(({ action, timestamp, agentId, messageId, policiesTriggered }, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: events are only ever added
              <li key={index}>
                <strong>{action.toLowerCase()}</strong>{' '}
                <span class="faint">
                  {agentId !== null && <bdi>{agentId}</bdi>} {messageId !== null && `message ${messageId}`}{' '}
                  <Ago at={timestamp} />
                </span>
                {policiesTriggered && <JsonBlock id={`guardrail:${index}`} value={policiesTriggered} />}
              </li>
            ))}
          </ul>
        </section>
      )}
    </aside>
  );
}

function Fact({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function AgentCard({
  sessionId,
  agent,
  index,
}: {
  sessionId: string;
  agent: AgentCardFragment;
  index: number;
}) {
  const { agentId, model, systemPrompt, promptMetadata, messageCount, usage } = agent;
  const [state, setState] = useState<object | null>(null);
  const loadState = async () => {
    const { session } = await ask(AgentStateDocument, { sessionId, agentId });
    setState(session?.agent ?? {});
  };
  return (
    <div class="agent-card" data-agent={index % 6}>
      <h3>
        <bdi>{agentId}</bdi>
      </h3>
      {model !== null && (
        <p class="faint">
          <bdi>{model}</bdi>
        </p>
      )}
      <p class="faint">
        {counted(messageCount, 'message')}
        {usage.totalTokens ? `, ${compact(usage.totalTokens)} tokens` : ''}
      </p>
      {systemPrompt !== null && (
        <Folded id={`prompt:${agentId}`} title="System prompt" value={systemPrompt} />
      )}
      {promptMetadata !== null && (
        <Folded id={`prompt-metadata:${agentId}`} title="Prompt metadata" value={promptMetadata} />
      )}
      {state === null ? (
        <button type="button" class="more" onClick={() => loadState().catch(() => setState(null))}>
          Show its state
        </button>
      ) : (
        <JsonBlock id={`state:${agentId}`} value={state} />
      )}
    </div>
  );
}

function Folded({ id, title, value }: { id: string; title: string; value: unknown }) {
  const [open, setOpen] = useOpened(id);
  return (
    <div class="folded">
      <button type="button" class="more" aria-expanded={open} onClick={() => setOpen(!open)}>
        {title}
      </button>
      {open && <JsonBlock id={id} value={value} />}
    </div>
  );
}

function FeedbackLine({
  entry: { rating, comment, createdAt, fields },
  id,
}: {
  entry: FeedbackEntryFragment;
  id: string;
}) {
  return (
    <li>
      {rating !== null && (
        <span class={rating === 'UP' ? 'good' : 'bad'}>
          <Icon name={rating === 'UP' ? 'up' : 'down'} />
          <span class="hidden">{rating === 'UP' ? 'good' : 'bad'}</span>
        </span>
      )}{' '}
      {comment !== null && <bdi class="comment">{comment}</bdi>}{' '}
      <span class="faint">
        <Ago at={createdAt} />
      </span>
      {Object.keys(fields).length > 0 && <JsonBlock id={id} value={fields} />}
    </li>
  );
}
