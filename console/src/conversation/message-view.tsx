import { clock, compact, counted, duration, moment } from '../format.js';
import type { MessageItemFragment } from '../generated/operations.js';
import { Icon } from '../ui/icon.js';
import { BlockView } from './block-view.js';
import { isSuperseded, placesOf } from './fold-messages.js';
import type { GrowingReply } from './growing-reply.js';
import { linkTo } from './message-link.js';
import { CopyText, MessageMenu } from './message-menu.js';
import type { MessageEntry } from './timeline.js';

interface MessageViewProps {
  entry: MessageEntry;
  /** Which of the agents it is, for its colour. */
  agent: number;
  /** Whether there is more than one. */
  several: boolean;
  model: string | null;
  linked: boolean;
}

export function MessageView({ entry, agent, several, model, linked }: MessageViewProps) {
  const { agentId, message, blocks, results, key, reply } = entry;
  const { role, author, redacted, position, createdAt } = message;
  // Results on their way to the model have the user's role, and so have a system's words: the user has not said them.
  const toTool = blocks.length > 0 && blocks.every(({ __typename }) => __typename === 'ToolResultBlock');
  const speaker = role === 'USER' && !toTool && author === null ? 'user' : 'agent';
  const name = author ?? (speaker === 'user' ? 'User' : agentId);
  return (
    <article
      class="message"
      data-speaker={speaker}
      data-agent={agent % 6}
      data-linked={linked}
      data-reply={reply?.state}
      data-superseded={isSuperseded(message)}
      data-key={key}
      aria-label={reply ? `${agentId}, reply in progress` : `${name}, message ${position}`}
    >
      <header class="message-head">
        <span class="speaker">
          <bdi>{name}</bdi>
        </span>
        {speaker === 'user' && several && (
          <span class="faint">
            to <bdi>{agentId}</bdi>
          </span>
        )}
        {reply && <ReplyState reply={reply} />}
        {message.supersedes.length > 0 && <span class="tag">in place of {placesOf(message.supersedes)}</span>}
        {isSuperseded(message) && (
          <a class="tag" href={linkTo({ agentId, position: message.supersededBy as number })}>
            superseded by {message.supersededBy}
          </a>
        )}
        {redacted && (
          <span class="tag warn">
            <Icon name="shield" /> redacted
          </span>
        )}
        {message.guardrailEvent && (
          <span class="tag warn">guardrail: {message.guardrailEvent.action.toLowerCase()}</span>
        )}
        <span class="spring" />
        <CopyText entry={entry} />
        {reply === null && <MessageMenu entry={entry} />}
        <Measures message={message} model={speaker === 'agent' ? model : null} />
        {createdAt !== null && reply === null && (
          <a
            class="message-time"
            href={linkTo({ agentId, position })}
            title={`${moment(createdAt)}, message ${position}`}
          >
            {clock(createdAt)}
          </a>
        )}
      </header>
      <div class="message-body">
        {blocks.map((block) => {
          const index = message.content.indexOf(block);
          return (
            <BlockView
              key={index}
              id={`${key}:${index}`}
              message={message}
              block={block}
              results={results}
              growing={reply !== null}
            />
          );
        })}
        {message.content.length === 0 && (
          <p class="faint">{reply ? lackOf(reply) : emptinessOf(message.supersedes)}</p>
        )}
      </div>
    </article>
  );
}

function ReplyState({ reply: { state } }: { reply: GrowingReply }) {
  if (state === 'writing') return <span class="tag writing">writing</span>;
  return (
    <span
      class="tag warn"
      title={
        state === 'abandoned'
          ? 'Nobody is heard of its writer. It may go on.'
          : 'It is over, and nothing of it is kept.'
      }
    >
      {state}
    </span>
  );
}

const emptinessOf = (supersedes: readonly { from: number; to: number }[]) =>
  supersedes.length > 0 ? `Takes out ${placesOf(supersedes)}` : 'An empty message';

/** What stands where a reply says nothing. */
function lackOf({ state, reason }: GrowingReply): string {
  if (state === 'aborted') return reason ? `Aborted: ${reason}` : 'Aborted. Nothing of it is kept.';
  return 'Nothing yet';
}

function Measures({ message: { metrics }, model }: { message: MessageItemFragment; model: string | null }) {
  const { usage, latencyMs, timeToFirstByteMs } = metrics ?? {};
  const tokens = usage?.totalTokens;
  return (
    <span class="measures faint">
      {model !== null && metrics && <bdi class="message-model">{model}</bdi>}
      {tokens ? <span title={tokenTitle(usage)}>{compact(tokens)} tok</span> : null}
      {typeof latencyMs === 'number' && (
        <span
          title={
            typeof timeToFirstByteMs === 'number'
              ? `first byte after ${duration(timeToFirstByteMs)}`
              : 'latency'
          }
        >
          {duration(latencyMs)}
        </span>
      )}
    </span>
  );
}

type Usage = NonNullable<NonNullable<MessageItemFragment['metrics']>['usage']>;

const tokenTitle = (usage: Usage | null | undefined) =>
  [
    [usage?.inputTokens, 'in'],
    [usage?.outputTokens, 'out'],
    [usage?.cacheReadInputTokens, 'read from the cache'],
    [usage?.cacheWriteInputTokens, 'written to the cache'],
  ]
    .flatMap(([count, name]) =>
      typeof count === 'number' && count > 0 ? [`${counted(count, 'token')} ${name}`] : [],
    )
    .join(', ');
