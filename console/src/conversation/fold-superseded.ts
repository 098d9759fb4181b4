import type { ShownMessage } from './agent-window.js';

/** Messages of one agent that do not stand any more, as one line that opens. */
export interface Fold {
  kind: 'fold';
  key: string;
  count: number;
  open: boolean;
}

export interface Folding {
  /** What the reader has opened or closed, by the key of the fold. */
  opened: ReadonlyMap<string, boolean>;
  /** The message that the address names: its fold is open. */
  linkedKey: string | null;
}

/** What is shown of one agent, in order; what is folded away is left out. `messages`: all that is loaded of it. */
export function foldSuperseded<T extends { entry: { key: string; message: ShownMessage } }>(
  timed: readonly T[],
  messages: readonly ShownMessage[],
  { opened, linkedKey }: Folding,
): (T | (Omit<T, 'entry'> & { entry: Fold }))[] {
  const start = messages[0]?.position ?? 0;
  const shown: (T | (Omit<T, 'entry'> & { entry: Fold }))[] = [];
  for (let index = 0; index < timed.length; ) {
    const first = timed[index] as T;
    if (!isSuperseded(first.entry.message)) {
      shown.push(first);
      index += 1;
      continue;
    }
    const stands = timed.findIndex(({ entry }, at) => at > index && !isSuperseded(entry.message));
    const inside = timed.slice(index, stands === -1 ? timed.length : stands);
    const next = timed[stands]?.entry.message.position ?? Number.POSITIVE_INFINITY;
    const key = `fold:${first.entry.key}`;
    const open = opened.get(key) ?? inside.some(({ entry }) => entry.key === linkedKey);
    // Results that are shown with their calls have no line of their own.
    const count = messages
      .slice(first.entry.message.position - start, next - start)
      .filter(isSuperseded).length;
    shown.push({ ...first, entry: { kind: 'fold', key, count, open } });
    if (open) shown.push(...inside);
    index += inside.length;
  }
  return shown;
}

export const isSuperseded = ({ supersededBy }: ShownMessage): boolean => typeof supersededBy === 'number';

/** `0 to 4, 7`. */
export const placesOf = (ranges: readonly { from: number; to: number }[]): string =>
  ranges.map(({ from, to }) => (from === to ? `${from}` : `${from} to ${to}`)).join(', ');
