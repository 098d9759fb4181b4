import type { AgentCardFragment, MessageItemFragment } from '../generated/operations.js';

/** Live, what supersedes a message tells; of a loaded one the server does. */
export type ShownMessage = MessageItemFragment & { supersededBy?: number | null };
type Mark = Pick<ShownMessage, 'position' | 'supersedes'>;

/** The part of an agent's messages that is loaded: positions without a gap, in order. */
export interface AgentWindow {
  readonly agentId: string;
  readonly messages: readonly ShownMessage[];
  /** What has superseded others since it was opened: what is loaded later may have been asked for before. */
  readonly marks: readonly Mark[];
  /** How many the agent has. */
  readonly total: number;
}

const first = ({ messages, total }: AgentWindow) => messages[0]?.position ?? total;
const last = ({ messages, total }: AgentWindow) => messages.at(-1)?.position ?? total - 1;

export const hasOlder = (window: AgentWindow) => first(window) > 0;
export const hasNewer = (window: AgentWindow) => last(window) < window.total - 1;
export const oldestPosition = first;
export const newestPosition = last;

/** Messages that came to be, or changed. What does not touch the loaded part counts, and comes when it is scrolled to. */
export function withMessage(before: AgentWindow, message: ShownMessage): AgentWindow {
  const window = marking(before, message);
  const total = Math.max(window.total, message.position + 1);
  const { messages } = window;
  if (messages.length === 0 ? window.total === message.position : message.position === last(window) + 1) {
    return { ...window, total, messages: [...messages, message] };
  }
  const index = message.position - first(window);
  return messages[index]
    ? {
        ...window,
        total,
        messages: messages.with(index, { ...message, supersededBy: messages[index].supersededBy ?? null }),
      }
    : { ...window, total };
}

/** That there is one more, which comes when it is scrolled to. */
export const withCount = (window: AgentWindow, message: ShownMessage): AgentWindow => ({
  ...marking(window, message),
  total: Math.max(window.total, message.position + 1),
});

function marking(window: AgentWindow, { position, supersedes }: ShownMessage): AgentWindow {
  if (supersedes.length === 0) return window;
  const mark = { position, supersedes };
  return { ...window, marks: [...window.marks, mark], messages: marked(window.messages, [mark]) };
}

/** The messages with the newest of what supersedes them. */
const marked = (messages: readonly ShownMessage[], marks: readonly Mark[]): readonly ShownMessage[] =>
  marks.reduce(
    (shown, { position: by, supersedes }) =>
      shown.map((message) => {
        const { position, supersededBy } = message;
        const covered = supersedes.some(({ from, to }) => from <= position && position <= to);
        return covered && by > (supersededBy ?? -1) ? { ...message, supersededBy: by } : message;
      }),
    messages,
  );

/** Joins a page that begins or ends where the loaded part does; one from elsewhere takes its place. */
export function withPage(window: AgentWindow, loaded: readonly ShownMessage[], total: number): AgentWindow {
  const page = marked(loaded, window.marks);
  const [from, to] = [page[0]?.position, page.at(-1)?.position];
  const kept = window.messages;
  if (from === undefined || to === undefined) return { ...window, total };
  if (kept.length > 0 && from <= last(window) + 1 && to >= first(window) - 1) {
    const before = kept.filter(({ position }) => position < from);
    const after = kept.filter(({ position }) => position > to);
    return { ...window, total, messages: [...before, ...page, ...after] };
  }
  return { ...window, total, messages: page };
}

/** Without the oldest, where there are many more than `most`. */
export function withoutOldest(window: AgentWindow, most: number): AgentWindow {
  const { messages } = window;
  return messages.length <= most * 1.5 ? window : { ...window, messages: messages.slice(-most) };
}

export const emptyWindow = ({
  agentId,
  messageCount,
}: Pick<AgentCardFragment, 'agentId' | 'messageCount'>): AgentWindow => ({
  agentId,
  messages: [],
  marks: [],
  total: messageCount,
});
