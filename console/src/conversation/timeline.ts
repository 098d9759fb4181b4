import type { BlockFragment, MessageItemFragment } from '../generated/operations.js';
import { type AgentWindow, hasNewer, hasOlder, type ShownMessage } from './agent-window.js';
import { type Fold, type Folding, foldMessages } from './fold-messages.js';
import { type GrowingReply, messageOfReply, type Replies } from './growing-reply.js';

export type ToolResult = Extract<BlockFragment, { __typename: 'ToolResultBlock' }>;
type Block = MessageItemFragment['content'][number];

export interface MessageEntry {
  kind: 'message';
  key: string;
  agentId: string;
  message: ShownMessage;
  /** What is shown of it. */
  blocks: readonly Block[];
  /** What its tool calls have given, by their ids. */
  results: ReadonlyMap<string, ToolResult>;
  /** Of a reply that is no message yet. */
  reply: GrowingReply | null;
}

export type Entry =
  | MessageEntry
  | Fold
  | { kind: 'day'; key: string; at: string }
  | { kind: 'gap'; key: string; ms: number };

/** A silence that is worth a line. */
const GAP_MS = 10 * 60_000;
/** What is neither said nor heard. */
const INNER: ReadonlySet<string> = new Set([
  'ToolUseBlock',
  'ToolResultBlock',
  'ReasoningBlock',
  'CachePointBlock',
]);

export const keyOf = (agentId: string, position: number) => `${agentId}/${position}`;

/**
 * One line of time for some agents. Each agent's own order holds whatever its clocks said; between agents the times decide. Where
 * one agent is loaded further than another, only the part is shown of which everything is known. Replies that grow stand at the end,
 * where they will be messages.
 */
export function buildTimeline(
  windows: readonly AgentWindow[],
  { replies, ...folding }: Folding & { replies: Replies },
): Entry[] {
  const timed = windows.flatMap((window, index) =>
    foldMessages(pairTools(window, replies), window.messages, folding).map((timed) => ({
      ...timed,
      index,
    })),
  );
  timed.sort((one, other) => one.at - other.at || one.index - other.index);
  const [from, until] = known(windows);
  const entries: Entry[] = [];
  let before: { at: number; iso: string } | null = null;
  for (const { at, entry } of timed) {
    if (at < from || at > until) continue;
    if (entry.kind === 'fold') {
      entries.push(entry);
      continue;
    }
    const blocks = folding.alone
      ? entry.blocks.filter(({ __typename }) => !INNER.has(__typename))
      : entry.blocks;
    if (blocks.length === 0 && entry.message.content.length > 0) continue;
    const iso = entry.message.createdAt;
    if (iso !== null && entry.reply === null) {
      // The line's first one, while more may come in above: it has to stay the first thing of its place.
      const begins = before === null ? from === Number.NEGATIVE_INFINITY : !isSameDay(before.iso, iso);
      if (begins) entries.push({ kind: 'day', key: `day:${entry.key}`, at: iso });
      else if (before !== null && at - before.at > GAP_MS)
        entries.push({ kind: 'gap', key: `gap:${entry.key}`, ms: at - before.at });
      before = { at, iso };
    }
    entries.push(blocks === entry.blocks ? entry : { ...entry, blocks });
  }
  return entries;
}

interface Timed {
  at: number;
  entry: MessageEntry;
}

/** Puts results to their calls. A message that only brings results of calls above is shown with them alone. */
function pairTools(window: AgentWindow, replies: Replies): Timed[] {
  const { agentId } = window;
  const open = new Map<string, Map<string, ToolResult>>();
  const timed: Timed[] = [];
  let at = Number.NEGATIVE_INFINITY;
  for (const { message, reply } of lineOf(window, replies)) {
    if (reply !== null) at = Number.POSITIVE_INFINITY;
    at = Math.max(at, message.createdAt === null ? at : Date.parse(message.createdAt));
    const results = new Map<string, ToolResult>();
    const blocks = message.content.filter((block) => {
      if (block.__typename === 'ToolUseBlock') open.set(block.toolUseId, results);
      if (block.__typename !== 'ToolResultBlock') return true;
      const call = open.get(block.toolUseId);
      call?.set(block.toolUseId, block);
      open.delete(block.toolUseId);
      return call === undefined;
    });
    // Nothing of its own; and at the very beginning of what is loaded, results whose calls are about to come.
    const ofOlder = message === window.messages[0] && hasOlder(window);
    if (ofOlder ? blocks.every(isResult) : blocks.length === 0) {
      if (message.content.length > 0) continue;
    }
    const key = keyOf(agentId, message.position);
    timed.push({ at, entry: { kind: 'message', key, agentId, message, blocks, results, reply } });
  }
  return timed;
}

/** The messages, and at the end the replies that grow: under the position which they will have if nothing else comes. */
function* lineOf(window: AgentWindow, replies: Replies) {
  for (const message of window.messages) yield { message, reply: null };
  if (hasNewer(window)) return;
  let position = window.total;
  for (const reply of replies.values()) {
    if (reply.agentId !== window.agentId) continue;
    yield { message: messageOfReply(reply, position), reply };
    position += 1;
  }
}

const isResult = ({ __typename }: Block) => __typename === 'ToolResultBlock';

/** From when until when every agent's messages are there. */
function known(windows: readonly AgentWindow[]): [from: number, until: number] {
  const time = (message: MessageItemFragment | undefined) =>
    message?.createdAt ? Date.parse(message.createdAt) : undefined;
  const from = windows.filter(hasOlder).map(({ messages }) => time(messages[0]) ?? Number.NEGATIVE_INFINITY);
  const until = windows
    .filter(hasNewer)
    .map(({ messages }) => time(messages.at(-1)) ?? Number.POSITIVE_INFINITY);
  return [Math.max(Number.NEGATIVE_INFINITY, ...from), Math.min(Number.POSITIVE_INFINITY, ...until)];
}

const isSameDay = (one: string, other: string) =>
  new Date(one).toDateString() === new Date(other).toDateString();

/** The agent whose older messages, or newer ones, have to come for the line to go on. */
export function nextToLoad(
  windows: readonly AgentWindow[],
  direction: 'older' | 'newer',
): AgentWindow | undefined {
  const older = direction === 'older';
  const edge = ({ messages }: AgentWindow) =>
    Date.parse((older ? messages[0] : messages.at(-1))?.createdAt ?? '') ||
    (older ? Number.POSITIVE_INFINITY : 0);
  return windows
    .filter(older ? hasOlder : hasNewer)
    .sort((one, other) => (older ? edge(other) - edge(one) : edge(one) - edge(other)))[0];
}
