import type { ShownMessage } from './agent-window.js';

/** Messages of one agent, next to each other, that are no part of what is said now: one line that opens. */
export interface Fold {
  kind: 'fold';
  key: string;
  /** What stands no more, or what a framework keeps beside its messages. */
  of: Folded;
  count: number;
  open: boolean;
}

type Folded = 'superseded message' | 'framework record';

export interface Folding {
  /** Whether what a framework keeps beside its messages is left out. */
  alone: boolean;
  /** What the reader has opened or closed, by the key of the fold. */
  opened: ReadonlyMap<string, boolean>;
  /** The message that the address names: its fold is open. */
  linkedKey: string | null;
}

/** What is shown of one agent, in order; what is folded away is left out. `messages`: all that is loaded of it. */
export function foldMessages<T extends { entry: { key: string; message: ShownMessage } }>(
  timed: readonly T[],
  messages: readonly ShownMessage[],
  { alone, opened, linkedKey }: Folding,
): (T | (Omit<T, 'entry'> & { entry: Fold }))[] {
  const start = messages[0]?.position ?? 0;
  const shown: (T | (Omit<T, 'entry'> & { entry: Fold }))[] = [];
  for (let index = 0; index < timed.length; ) {
    const first = timed[index] as T;
    const of = foldedAs(first.entry.message);
    if (of === null) {
      shown.push(first);
      index += 1;
      continue;
    }
    const end = timed.findIndex(({ entry }, at) => at > index && foldedAs(entry.message) !== of);
    const inside = timed.slice(index, end === -1 ? timed.length : end);
    index += inside.length;
    if (alone && of === 'framework record') continue;
    const next = timed[end]?.entry.message.position ?? Number.POSITIVE_INFINITY;
    const key = `fold:${first.entry.key}`;
    const open = opened.get(key) ?? inside.some(({ entry }) => entry.key === linkedKey);
    // Results that are shown with their calls have no line of their own.
    const count = messages
      .slice(first.entry.message.position - start, next - start)
      .filter((message) => foldedAs(message) === of).length;
    shown.push({ ...first, entry: { kind: 'fold', key, of, count, open } });
    if (open) shown.push(...inside);
  }
  return shown;
}

function foldedAs(message: ShownMessage): Folded | null {
  if (isSuperseded(message)) return 'superseded message';
  const { author, content } = message;
  const isRecord = author === 'system' && content.length > 0 && content.every(isUnknown);
  return isRecord ? 'framework record' : null;
}

const isUnknown = ({ __typename }: ShownMessage['content'][number]) => __typename === 'UnknownBlock';

export const isSuperseded = ({ supersededBy }: ShownMessage): boolean => typeof supersededBy === 'number';

/** `0 to 4, 7`. */
export const placesOf = (ranges: readonly { from: number; to: number }[]): string =>
  ranges.map(({ from, to }) => (from === to ? `${from}` : `${from} to ${to}`)).join(', ');
