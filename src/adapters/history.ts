import { randomUUID } from 'node:crypto';
import { ParleyError } from '../domain/errors.js';
import type { PositionRange } from '../domain/sessions/model.js';
import {
  ATTEMPTS,
  appendAll,
  createAppends,
  forgetBeyond,
  readAll,
  readBack,
  retried,
  takenAway,
  taking,
} from './entries.js';
import type { AgentAddress, ConversationPort, Entry, NewEntry } from './port.js';

/** How a framework's items are stored and read. A message of somebody else may be several items, or none. */
export interface Forms<Item> {
  toEntries(items: readonly Item[]): NewEntry[];
  itemsOf(entry: Entry): Item[];
}

/** What identifies a change for good: its `clientId`, and what else goes with it in the metadata of its last entry. */
export interface Identity {
  key: string;
  clientId: string;
  mark(entry: NewEntry): NewEntry;
}

export interface History<Item> {
  /** The newest `limit` items, or all, oldest first. */
  read(limit?: number): Promise<Item[]>;
  /** As `createAppends` does. */
  append(entries: readonly NewEntry[]): Promise<void>;
  /**
   * Puts other items in the place of the newest `least`, or of all; what `change` gives back of the same objects at the start stays. The items
   * before stand no more, and are kept for people. Tried again where another process appends meanwhile: `change` then sees its items too.
   * `known`: whether this history has read or written the item.
   */
  rewrite(
    least: number,
    change: (items: readonly Item[], known: readonly boolean[]) => readonly Item[],
    identity?: Identity,
  ): Promise<void>;
}

/** An entry that was read, with the items that it holds. `goes`: with whatever is taken away around it. */
interface Kept<Item> {
  position: number;
  items: Item[];
  goes: boolean;
}

export function createHistory<Item>(
  port: ConversationPort,
  agent: AgentAddress,
  { toEntries, itemsOf }: Forms<Item>,
): History<Item> {
  const keptIn = (entries: readonly Entry[]): Kept<Item>[] =>
    entries.map((entry) => {
      const items = entry.unfinished ? [] : itemsOf(entry);
      return { position: entry.position, items, goes: entry.unfinished || items.length > 0 };
    });

  /** The newest entries with at least so many items, and how many messages the agent has. Read again where others append between two pages. */
  const tail = async (least: number, attempt = 1): Promise<{ kept: Kept<Item>[]; count: number }> => {
    if (least === Number.POSITIVE_INFINITY) {
      const { entries, count } = await readAll(port, agent);
      return { kept: keptIn(entries), count };
    }
    const pages: Kept<Item>[][] = [];
    let found = 0;
    let count: number | null = null;
    for await (const page of readBack(port, agent, least)) {
      count ??= page.count;
      if (page.count !== count && attempt < ATTEMPTS) return tail(least, attempt + 1);
      const kept = keptIn(page.entries);
      pages.push(kept);
      found += kept.reduce((sum, { items }) => sum + items.length, 0);
      if (found >= least) break;
    }
    return { kept: pages.reverse().flat(), count: count ?? 0 };
  };

  /** The position up to which this history has read, and what it has written beyond. */
  let read = -1;
  const written = new Set<number>();
  const appendOnce = createAppends(port, agent);

  const write = async (entries: readonly NewEntry[], options: Parameters<typeof appendAll>[3]) => {
    for (const position of await appendAll(port, agent, entries, options)) written.add(position);
  };

  return {
    async read(limit = Number.POSITIVE_INFINITY) {
      if (!(limit > 0)) return [];
      const { kept } = await tail(limit);
      read = Math.max(read, kept.at(-1)?.position ?? -1);
      for (const position of written) if (position <= read) written.delete(position);
      const items = kept.flatMap((one) => one.items);
      return limit < items.length ? items.slice(-limit) : items;
    },

    async append(entries) {
      for (const position of await appendOnce(entries, { whole: true })) written.add(position);
    },

    rewrite: (least, change, identity) =>
      retried(async (attempt) => {
        if (attempt > 1 && identity && (await port.find(agent, identity.clientId)))
          throw new ParleyError('IDEMPOTENCY_CONFLICT', 'Another process has made this change.');
        const { kept, count } = await tail(least);
        if (read >= count) read = -1;
        forgetBeyond(count, written);
        const known = kept.flatMap(({ position, items }) =>
          items.map(() => position <= read || written.has(position)),
        );
        const next = change(
          kept.flatMap(({ items }) => items),
          known,
        );
        const same = sameStart(kept, next);
        const entries = taking(toEntries(next.slice(same.items)), rangesOf(kept.slice(same.entries)));
        if (identity) {
          const last = entries.pop() ?? takenAway([]);
          entries.push({ ...identity.mark(last), clientId: identity.clientId });
        }
        if (entries.length === 0) return;
        const options = { key: randomUUID(), lastKey: identity?.key, whole: true };
        await write(entries, { ...options, expectedCount: count, expectEach: true });
      }),
  };
}

/** How many whole entries, and items of them, begin the new list as they are. */
function sameStart<Item>(kept: readonly Kept<Item>[], next: readonly Item[]) {
  let same = 0;
  for (const [index, { items }] of kept.entries()) {
    if (!items.every((item, place) => next[same + place] === item)) return { entries: index, items: same };
    same += items.length;
  }
  return { entries: kept.length, items: same };
}

/** Their positions, from one to the next: between them lies what stands no more. Without those that hold none of the framework's items. */
function rangesOf<Item>(kept: readonly Kept<Item>[]): PositionRange[] {
  const ranges: PositionRange[] = [];
  let open: PositionRange | null = null;
  for (const { position, goes } of kept) {
    if (!goes) open = null;
    else if (open) open.to = position;
    else {
      open = { from: position, to: position };
      ranges.push(open);
    }
  }
  return ranges;
}
