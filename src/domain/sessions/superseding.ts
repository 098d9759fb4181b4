import type { Steps } from '../in-slices.js';
import type { Mark, PositionRange, StoredRange } from './model.js';
import type { AgentMarks, MessagePage, MessageWindow } from './session-store.js';

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

/** Ranges that are looked at without a pause. */
const STEP = 1_000;
/** No place. */
const NOTHING = -1;

/**
 * In order, and apart from each other; `marks` in order too. The work is that of sorting the places where ranges begin and end, however
 * much they overlap.
 */
export function* supersededRuns(marks: readonly Mark[]): Steps<SupersededRun[]> {
  const bounds = yield* boundsOf(marks);
  const indexOf = new Map<number, number>();
  /** From the newest on each takes what is free; this leads from what is taken to what may be free behind it. */
  const next = new Int32Array(bounds.length);
  for (const [index, bound] of bounds.entries()) {
    indexOf.set(bound, index);
    next[index] = index;
    if (index % STEP === 0) yield;
  }
  const by = new Int32Array(bounds.length).fill(NOTHING);
  const free = (start: number): number => {
    let index = start;
    while (next[index] !== index) {
      next[index] = next[next[index] as number] as number;
      index = next[index] as number;
    }
    return index;
  };
  let looks = 0;
  for (let at = marks.length - 1; at >= 0; at--) {
    const { position, ranges } = marks[at] as Mark;
    for (const [from, to] of ranges) {
      if (looks++ % STEP === 0) yield;
      const end = indexOf.get(to + 1) as number;
      for (let index = free(indexOf.get(from) as number); index < end; index = free(index)) {
        by[index] = position;
        next[index] = index + 1;
      }
    }
  }
  const runs: SupersededRun[] = [];
  for (const [index, from] of bounds.entries()) {
    if (index % STEP === 0) yield;
    const newest = by[index];
    if (newest === undefined || newest === NOTHING) continue;
    const to = (bounds[index + 1] as number) - 1;
    const last = runs.at(-1);
    if (last && last.to === from - 1 && last.by === newest) last.to = to;
    else runs.push({ from, to, by: newest });
  }
  return runs;
}

/** Where ranges begin, and behind their ends; each place once, in order. */
function* boundsOf(marks: readonly Mark[]): Steps<Uint32Array> {
  const found = new Set<number>();
  let looks = 0;
  for (const { ranges } of marks) {
    for (const [from, to] of ranges) {
      if (looks++ % STEP === 0) yield;
      found.add(from).add(to + 1);
    }
  }
  yield;
  // Numbers alone: these are sorted many times as fast as a list.
  const bounds = Uint32Array.from(found);
  yield;
  return bounds.sort();
}

/** The newest message that supersedes the one at this place; null where it stands, or is an entry without content of its own. */
export function newestOver(runs: readonly SupersededRun[], position: number): number | null {
  const run = runs[indexAt(runs, position)];
  return run && run.from <= position && run.by !== position ? run.by : null;
}

/** What stands of so many messages, in order: what no run has taken. */
export function* standingRuns(superseded: readonly PositionRange[], count: number): Steps<PositionRange[]> {
  const between: PositionRange[] = [];
  let from = 0;
  for (let at = 0; at <= superseded.length; at++) {
    if (at % STEP === 0) yield;
    const run = superseded[at] ?? { from: count, to: count };
    const to = Math.min(run.from, count) - 1;
    if (to >= from) between.push({ from, to });
    from = run.to + 1;
  }
  return between;
}

/** What stands of an agent with so many messages. */
export function* standingOf({
  marks,
  messageCount,
}: Pick<AgentMarks, 'marks' | 'messageCount'>): Steps<PositionRange[]> {
  return yield* standingRuns(yield* supersededRuns(marks), messageCount);
}

/** Where the messages of a page lie of which only what stands is asked for, of an agent with so many messages. */
export function standingPage(
  standing: readonly PositionRange[],
  messageCount: number,
  { first, last, after, before }: MessageWindow,
): Omit<MessagePage, 'messages'> & { runs: PositionRange[] } {
  const low = Math.max(0, (after ?? -1) + 1);
  const high = Math.min(before ?? messageCount, messageCount) - 1;
  const backward = first === undefined && last !== undefined;
  const runs = backward
    ? lastOf(standing, low, high, last)
    : firstOf(standing, low, high, first ?? messageCount);
  // An empty page lies where it would begin.
  const start = runs[0]?.from ?? (backward ? high + 1 : low);
  const end = runs.at(-1)?.to ?? start - 1;
  const [earliest, latest] = [standing.at(0), standing.at(-1)];
  return {
    runs,
    hasPrevious: earliest !== undefined && earliest.from < start,
    hasNext: latest !== undefined && latest.to > end,
  };
}

/** The first of the runs, which are in order, that ends at this place or behind it. */
function indexAt(runs: readonly PositionRange[], place: number): number {
  let low = 0;
  for (let high = runs.length; low < high; ) {
    const middle = (low + high) >> 1;
    if ((runs[middle] as PositionRange).to < place) low = middle + 1;
    else high = middle;
  }
  return low;
}

function firstOf(runs: readonly PositionRange[], low: number, high: number, most: number): PositionRange[] {
  const taken: PositionRange[] = [];
  let left = most;
  for (let at = indexAt(runs, low); at < runs.length && left > 0; at++) {
    const run = runs[at] as PositionRange;
    if (run.from > high) break;
    const from = Math.max(run.from, low);
    const to = Math.min(run.to, high, from + left - 1);
    taken.push({ from, to });
    left -= to - from + 1;
  }
  return taken;
}

function lastOf(runs: readonly PositionRange[], low: number, high: number, most: number): PositionRange[] {
  const taken: PositionRange[] = [];
  let left = most;
  for (let at = Math.min(indexAt(runs, high), runs.length - 1); at >= 0 && left > 0; at--) {
    const run = runs[at] as PositionRange;
    if (run.from > high) continue;
    if (run.to < low) break;
    const to = Math.min(run.to, high);
    const from = Math.max(run.from, low, to - left + 1);
    taken.push({ from, to });
    left -= to - from + 1;
  }
  return taken.reverse();
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
