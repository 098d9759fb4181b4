import type { Mark, PositionRange, StoredRange } from './model.js';
import type { MessagePage, MessageWindow } from './session-store.js';

/** Null where a message at this place supersedes nothing. */
export function rangesOf(
  { supersedes, content }: { supersedes?: readonly PositionRange[]; content: readonly unknown[] },
  position: number,
): StoredRange[] | null {
  if (!supersedes || supersedes.length === 0) return null;
  const ranges = supersedes.map(({ from, to }): StoredRange => [from, to]);
  return content.length === 0 ? [...ranges, [position, position]] : ranges;
}

/** What the message at this place supersedes, of what is stored of it. */
export const supersededBy = (ranges: readonly StoredRange[], position: number): PositionRange[] =>
  ranges.filter(([from]) => from < position).map(([from, to]) => ({ from, to }));

/** A stretch that does not stand, and the newest message that has superseded it. */
export interface SupersededRun extends PositionRange {
  by: number;
}

/** In order, and apart from each other; `marks` in order too. The work is that of sorting the ranges, however much they overlap. */
export function supersededRuns(marks: readonly Mark[]): SupersededRun[] {
  const ends = marks.flatMap(({ ranges }) => ranges.flatMap(([from, to]) => [from, to + 1]));
  const bounds = [...new Set(ends)].sort((a, b) => a - b);
  const indexOf = new Map(bounds.map((bound, index) => [bound, index]));
  const by: number[] = [];
  // From the newest on each takes what is free; `next` leads from what is taken to what may be free behind it.
  const next = bounds.map((_, index) => index);
  const free = (start: number): number => {
    let index = start;
    while (next[index] !== index) {
      next[index] = next[next[index] as number] as number;
      index = next[index] as number;
    }
    return index;
  };
  for (const { position, ranges } of marks.toReversed()) {
    for (const [from, to] of ranges) {
      const end = indexOf.get(to + 1) as number;
      for (let index = free(indexOf.get(from) as number); index < end; index = free(index)) {
        by[index] = position;
        next[index] = index + 1;
      }
    }
  }
  const runs: SupersededRun[] = [];
  for (const [index, from] of bounds.entries()) {
    const newest = by[index];
    if (newest === undefined) continue;
    const to = (bounds[index + 1] as number) - 1;
    const last = runs.at(-1);
    if (last && last.to === from - 1 && last.by === newest) last.to = to;
    else runs.push({ from, to, by: newest });
  }
  return runs;
}

/** The newest message that supersedes the one at this place; null where it stands, or is an entry without content of its own. */
export function newestOver(runs: readonly SupersededRun[], position: number): number | null {
  let low = 0;
  for (let high = runs.length; low < high; ) {
    const middle = (low + high) >> 1;
    if ((runs[middle] as SupersededRun).to < position) low = middle + 1;
    else high = middle;
  }
  const run = runs[low];
  return run && run.from <= position && run.by !== position ? run.by : null;
}

/** Where the messages of a page lie of which only what stands is asked for, of an agent with so many messages. */
export function standingPage(
  superseded: readonly SupersededRun[],
  messageCount: number,
  { first, last, after, before }: MessageWindow,
): Omit<MessagePage, 'messages'> & { runs: PositionRange[] } {
  const standing = complementOf(superseded, messageCount);
  const low = Math.max(0, (after ?? -1) + 1);
  const high = Math.min(before ?? messageCount, messageCount) - 1;
  const inside = standing
    .map(({ from, to }) => ({ from: Math.max(from, low), to: Math.min(to, high) }))
    .filter(({ from, to }) => from <= to);
  const backward = first === undefined && last !== undefined;
  const runs = backward ? lastOf(inside, last) : firstOf(inside, first ?? messageCount);
  // An empty page lies where it would begin.
  const start = runs[0]?.from ?? (backward ? high + 1 : low);
  const end = runs.at(-1)?.to ?? start - 1;
  return {
    runs,
    hasPrevious: standing.some(({ from }) => from < start),
    hasNext: standing.some(({ to }) => to > end),
  };
}

function complementOf(runs: readonly PositionRange[], count: number): PositionRange[] {
  const between: PositionRange[] = [];
  let from = 0;
  for (const run of [...runs, { from: count, to: count }]) {
    const to = Math.min(run.from, count) - 1;
    if (to >= from) between.push({ from, to });
    from = run.to + 1;
  }
  return between;
}

function firstOf(runs: readonly PositionRange[], most: number): PositionRange[] {
  const taken: PositionRange[] = [];
  let left = most;
  for (const { from, to } of runs) {
    if (left <= 0) break;
    taken.push({ from, to: Math.min(to, from + left - 1) });
    left -= to - from + 1;
  }
  return taken;
}

function lastOf(runs: readonly PositionRange[], most: number): PositionRange[] {
  const taken: PositionRange[] = [];
  let left = most;
  for (const { from, to } of runs.toReversed()) {
    if (left <= 0) break;
    taken.unshift({ from: Math.max(from, to - left + 1), to });
    left -= to - from + 1;
  }
  return taken;
}

/** The places of these runs behind the first `skipped`, in pages of so many. */
export function* pagesOf(
  runs: readonly PositionRange[],
  skipped: number,
  size: number,
): Generator<PositionRange[]> {
  let skip = skipped;
  let page: PositionRange[] = [];
  let room = size;
  for (const run of runs) {
    const passed = Math.min(skip, run.to - run.from + 1);
    skip -= passed;
    for (let from = run.from + passed; from <= run.to; ) {
      const to = Math.min(run.to, from + room - 1);
      page.push({ from, to });
      room -= to - from + 1;
      from = to + 1;
      if (room > 0) continue;
      yield page;
      [page, room] = [[], size];
    }
  }
  if (page.length > 0) yield page;
}
