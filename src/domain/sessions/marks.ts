import type { Mark } from './model.js';

/**
 * What the messages of an agent supersede, in the order of their positions, in numbers alone: an agent may have millions of ranges, of
 * which each would take a hundred bytes as a list in lists. Of the message at `positions[n]` are the ranges from `ends[n - 1]` on, and
 * before `ends[n]`; each is two of `ranges`, its first place and its last.
 */
export interface Marks {
  positions: Uint32Array;
  ends: Uint32Array;
  ranges: Uint32Array;
}

export const NO_MARKS: Marks = marksOf([]);

/** What is no place before the message, or its own, is left out: other programs write, too. */
export function marksOf(list: readonly Mark[]): Marks {
  const ordered = [...list].sort((one, other) => one.position - other.position);
  const kept = ordered.map(({ position, ranges }) =>
    ranges.filter(([from, to]) => from >= 0 && from <= to && to <= position),
  );
  let end = 0;
  return {
    positions: Uint32Array.from(ordered, ({ position }) => position),
    ends: Uint32Array.from(kept, ({ length }) => {
      end += length;
      return end;
    }),
    ranges: Uint32Array.from(kept.flat(2)),
  };
}

export const listOfMarks = ({ positions, ends, ranges }: Marks): Mark[] =>
  Array.from(positions, (position, index) => ({
    position,
    ranges: Array.from({ length: (ends[index] ?? 0) - (ends[index - 1] ?? 0) }, (_, n) => {
      const at = 2 * ((ends[index - 1] ?? 0) + n);
      return [ranges[at] ?? 0, ranges[at + 1] ?? 0] as const;
    }),
  }));

const [OPEN, CLOSE, ZERO, NINE] = [...'[]09'].map((sign) => sign.charCodeAt(0)) as [
  number,
  number,
  number,
  number,
];
const isDigit = (code: number) => code >= ZERO && code <= NINE;

/** Of JSON such as `[[7,[[0,2],[4,4]]]]`: so many messages, each with its position and its ranges. */
export function marksIn(json: string, count: number): Marks {
  let numbers = 0;
  for (let at = 0; at < json.length; at++)
    if (isDigit(json.charCodeAt(at)) && !isDigit(json.charCodeAt(at + 1))) numbers++;
  const marks: Marks = {
    positions: new Uint32Array(count),
    ends: new Uint32Array(count),
    ranges: new Uint32Array(numbers - count),
  };
  let [depth, mark, taken, ordered] = [0, -1, 0, true];
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (code === OPEN) depth++;
    else if (code === CLOSE) {
      if (--depth === 1) marks.ends[mark] = taken / 2;
    } else if (isDigit(code)) {
      let value = code - ZERO;
      while (isDigit(json.charCodeAt(at + 1))) value = value * 10 + json.charCodeAt(++at) - ZERO;
      if (depth > 2) marks.ranges[taken++] = value;
      else {
        marks.positions[++mark] = value;
        ordered &&= mark === 0 || value > (marks.positions[mark - 1] as number);
      }
    }
  }
  return ordered ? marks : marksOf(listOfMarks(marks));
}
