import { useEffect, useMemo, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso/router';
import { SessionActions } from '../actions/session-actions.js';
import { counted } from '../format.js';
import { Ratings } from '../sessions/columns.js';
import { titleOf } from '../sessions/describe.js';
import { useStore } from '../store.js';
import { CopyButton } from '../ui/copy-button.js';
import { Icon } from '../ui/icon.js';
import { useKeys } from '../ui/keys.js';
import { Failure, Notice } from '../ui/notice.js';
import { Ago } from '../ui/time.js';
import { usePageTitle } from '../ui/use-page-title.js';
import { type Conversation, type ConversationState, createConversation } from './conversation.js';
import { linkedMessage } from './message-link.js';
import { Opened } from './opened.js';
import { SidePanel } from './side-panel.js';
import { TimelineView } from './timeline-view.js';
import { useSwitch } from './use-switch.js';
import '../styles/conversation.css';
import '../styles/message.css';

export function ConversationPage({ sessionId }: { sessionId: string }) {
  const conversation = useMemo(
    () => createConversation(sessionId, linkedMessage(location.hash)),
    [sessionId],
  );
  useEffect(() => () => conversation.close(), [conversation]);
  const opened = useMemo(() => new Map<string, boolean>(), []);
  const { route } = useLocation();
  useKeys({ Escape: () => (history.length > 1 ? history.back() : route('/')) });
  const state = useStore(conversation.state);
  return (
    <Opened.Provider value={opened}>
      <main class="conversation">
        {state.details === null && <h1 class="hidden">Conversation</h1>}
        <View conversation={conversation} state={state} />
      </main>
    </Opened.Provider>
  );
}

function View({ conversation, state }: { conversation: Conversation; state: ConversationState }) {
  const { details, status, error } = state;
  const linked = useLinked(conversation);
  const [columns, setColumns] = useSwitch('columns', false);
  const [alone, setAlone] = useSwitch('alone', false);
  const [panel, setPanel] = useSwitch('panel', window.innerWidth > 1_000);
  // The same list for as long as it holds the same.
  const ids = JSON.stringify([...state.windows.keys()]);
  const agentIds = useMemo(() => JSON.parse(ids) as string[], [ids]);
  const lines = useMemo(() => (columns ? agentIds.map((id) => [id]) : [agentIds]), [columns, agentIds]);
  const title = details && titleOf(details);
  usePageTitle(title ?? conversation.sessionId);
  if (status === 'missing') return <Missing sessionId={conversation.sessionId} />;
  if (details === null) {
    return error ? <Failure error={error} retry={conversation.retry} /> : <Opening />;
  }
  const { feedback, messageCount, updatedAt } = details;
  return (
    <>
      <header class="conversation-head">
        <a class="icon-button" href="/" aria-label="All conversations" title="All conversations">
          <Icon name="arrowUp" />
        </a>
        <div class="conversation-title">
          <h1>
            <bdi>{title ?? details.sessionId}</bdi>
          </h1>
          <p class="faint">
            {title !== null && (
              <bdi>
                <code>{details.sessionId}</code>
              </bdi>
            )}
            <CopyButton text={() => details.sessionId} label="Copy the id" />
            {counted(messageCount, 'message')}, <Ago at={updatedAt} />
            {feedback.length > 0 && <Ratings feedback={feedback} />}
          </p>
        </div>
        <span class="spring" />
        <Switch on={alone} set={setAlone} label="Conversation alone" />
        {agentIds.length > 1 && (
          <Switch class="columns" on={columns} set={setColumns} label="A column for each agent" />
        )}
        {status === 'there' && <SessionActions details={details} />}
        <button type="button" class="button" aria-pressed={panel} onClick={() => setPanel(!panel)}>
          <Icon name="panel" /> Details
        </button>
      </header>
      {status === 'deleted' && (
        <p class="banner" role="alert">
          <Icon name="warning" /> This session was deleted just now. What you see is gone from the server.
        </p>
      )}
      {state.degraded !== null && (
        <p class="banner" role="status">
          <Icon name="warning" /> The conversation is not live just now: {state.degraded}
        </p>
      )}
      {error && (
        <p class="banner" role="alert">
          <Icon name="warning" /> {error.message}
          <button type="button" class="button" onClick={conversation.retry}>
            Try again
          </button>
        </p>
      )}
      <div class="conversation-body">
        <div class="lines" data-columns={columns}>
          {agentIds.length === 0 ? (
            <Notice title="No messages yet">
              <p>As soon as an agent writes one, it appears here.</p>
            </Notice>
          ) : (
            lines.map((ids, index) => (
              <section key={ids.join('\n')} class="line" aria-label={columns ? ids[0] : 'Messages'}>
                {columns ? (
                  <h2 class="line-head" data-agent={index % 6}>
                    <bdi>{ids[0]}</bdi>
                  </h2>
                ) : (
                  <h2 class="hidden">Messages</h2>
                )}
                <TimelineView
                  conversation={conversation}
                  agentIds={ids}
                  alone={alone}
                  linked={linked}
                  keyed={index === 0}
                />
              </section>
            ))
          )}
        </div>
        {panel && <SidePanel details={details} />}
      </div>
    </>
  );
}

/** Messages to come, in the shape of messages. */
function Opening() {
  return (
    <div class="opening" role="status" aria-label="Loading the conversation">
      <span class="opening-head" />
      <span class="opening-user" />
      <span />
      <span />
      <span class="opening-user" />
      <span />
    </div>
  );
}

/** The message that the address names, also after it was changed. One that is not loaded is fetched with what stands around it. */
function useLinked(conversation: Conversation) {
  const [linked, setLinked] = useState(linkedMessage(location.hash));
  useEffect(() => {
    const changed = () => {
      const place = linkedMessage(location.hash);
      setLinked(place);
      const messages = place && conversation.state.get().windows.get(place.agentId)?.messages;
      if (place && !messages?.some(({ position }) => position === place.position)) conversation.open(place);
    };
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, [conversation]);
  return linked;
}

interface SwitchProps {
  on: boolean;
  set(on: boolean): void;
  label: string;
  class?: string;
}

function Switch({ on, set, label, class: className = '' }: SwitchProps) {
  return (
    <label class={`switch ${className}`}>
      <input type="checkbox" checked={on} onChange={() => set(!on)} />
      <span>{label}</span>
    </label>
  );
}

function Missing({ sessionId }: { sessionId: string }) {
  return (
    <Notice icon="search" title="There is no such session">
      <p>
        <bdi>
          <code>{sessionId}</code>
        </bdi>{' '}
        does not exist, or your credential does not reach it. Should it come to be, it appears here.
      </p>
      <p>
        <a href="/">All conversations</a>
      </p>
    </Notice>
  );
}
