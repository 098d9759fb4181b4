import type { Steps } from '../async/in-slices.js';
import type { Marks } from './marks.js';
import type { PositionRange, StoredRange } from './model.js';
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
 * In order, and apart from each other. The work is that of the places where ranges begin and end, however much they overlap.
 */
export function* supersededRuns({ positions, ends, ranges }: Marks): Steps<SupersededRun[]> {
  const { places, indexOf } = yield* boundsOf(ranges);
  /** From the newest on each takes what is free; this leads from what is taken to what may be free behind it. */
  const next = new Int32Array(places.length);
  for (let index = 0; index < next.length; index++) next[index] = index;
  const by = new Int32Array(places.length).fill(NOTHING);
  const free = (start: number): number => {
    let index = start;
    while (next[index] !== index) {
      next[index] = next[next[index] as number] as number;
      index = next[index] as number;
    }
    return index;
  };
  let looks = 0;
  for (let mark = positions.length - 1; mark >= 0; mark--) {
    const position = positions[mark] as number;
    for (let range = ends[mark - 1] ?? 0; range < (ends[mark] as number); range++) {
      if (looks++ % STEP === 0) yield;
      const end = indexOf((ranges[2 * range + 1] as number) + 1);
      for (let index = free(indexOf(ranges[2 * range] as number)); index < end; index = free(index)) {
        by[index] = position;
        next[index] = index + 1;
      }
    }
  }
  const runs: SupersededRun[] = [];
  for (let index = 0; index < places.length; index++) {
    if (index % STEP === 0) yield;
    const newest = by[index];
    if (newest === undefined || newest === NOTHING) continue;
    const from = places[index] as number;
    const to = (places[index + 1] as number) - 1;
    const last = runs.at(-1);
    if (last && last.to === from - 1 && last.by === newest) last.to = to;
    else runs.push({ from, to, by: newest });
  }
  return runs;
}

interface Bounds {
  /** Where ranges begin, and behind their ends; each place once, in order. */
  places: Uint32Array;
  /** Of a place among these. */
  indexOf(place: number): number;
}

/** Each place is a bit, so that none is sorted or looked up in a map; behind them stands how many lie before each 32. */
function* boundsOf(ranges: Uint32Array): Steps<Bounds> {
  let last = 0;
  for (let at = 1; at < ranges.length; at += 2) {
    if (at % (2 * STEP) === 1) yield;
    last = Math.max(last, (ranges[at] as number) + 1);
  }
  const words = new Uint32Array((last >>> 5) + 1);
  const add = (place: number) => {
    words[place >>> 5] = (words[place >>> 5] as number) | (1 << (place & 31));
  };
  for (let at = 0; at < ranges.length; at += 2) {
    if (at % (2 * STEP) === 0) yield;
    add(ranges[at] as number);
    add((ranges[at + 1] as number) + 1);
  }
  const before = new Uint32Array(words.length);
  let count = 0;
  for (let word = 0; word < words.length; word++) {
    if (word % STEP === 0) yield;
    before[word] = count;
    count += onesOf(words[word] as number);
  }
  const places = new Uint32Array(ranges.length === 0 ? 0 : count);
  let at = 0;
  for (let word = 0; word < words.length; word++) {
    if (word % STEP === 0) yield;
    for (let bits = words[word] as number; bits !== 0; bits &= bits - 1)
      places[at++] = (word << 5) + 31 - Math.clz32(bits & -bits);
  }
  const indexOf = (place: number) =>
    (before[place >>> 5] as number) + onesOf((words[place >>> 5] as number) & ((1 << (place & 31)) - 1));
  return { places, indexOf };
}

/** How many of its 32 bits are set (Hacker's Delight, 5-1). */
function onesOf(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
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
