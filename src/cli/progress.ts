/** Where a long command tells how far it is: a terminal on standard error. Where there is none, nothing is written. */
export interface ProgressDeps {
  stream: { isTTY?: boolean; columns?: number; write(text: string): unknown };
  /** Milliseconds that only rise. */
  now(): number;
}

export interface Progress {
  /** `done` of `total` (null: unknown) so far. */
  show(done: number, total: number | null): void;
  /** Removes the line. */
  end(): void;
}

const EVERY_MS = 200;
/** The rate is that of the last seconds, so that a pause shows. */
const RATE_OVER_MS = 5_000;
const BAR = 24;
/** Where a terminal does not say how wide it is. */
const COLUMNS = 80;

/**
 * One line, written over itself: how much of all as a bar, how fast, how long it will take; what a narrow terminal has no room for is
 * left out, the bar first. It needs no colours and no escape codes. `print` says an amount in words, such as `12 MB`.
 */
export function createProgress({ stream, now }: ProgressDeps, print: (amount: number) => string): Progress {
  const marks: { at: number; done: number }[] = [];
  let shownAt = Number.NEGATIVE_INFINITY;
  let length = 0;

  function write(line: string): void {
    // Over all of what stands there.
    stream.write(`\r${line.padEnd(length)}`);
    length = line.length;
  }

  return {
    show(done, total) {
      const at = now();
      if (!stream.isTTY || at - shownAt < EVERY_MS) return;
      shownAt = at;
      marks.push({ at, done });
      while (marks.length > 2 && at - (marks[0]?.at ?? at) > RATE_OVER_MS) marks.shift();
      const first = marks[0] ?? { at, done };
      const perMs = at > first.at ? (done - first.done) / (at - first.at) : 0;
      const rate = perMs > 0 ? `${print(Math.round(perMs * 1_000))}/s` : '';
      const left = perMs > 0 && total !== null ? `${duration((total - done) / perMs)} left` : '';
      const amount = total === null ? print(done) : `${print(done)} of ${print(total)}`;
      const room = (stream.columns || COLUMNS) - 1;
      const share = total === null ? '' : `${percent(done, total)} %`;
      const shortest = [share || amount, left];
      const fitting = [[share, amount, rate, left], [share, rate, left], shortest, [share || amount]]
        .map((parts) =>
          parts.filter((part, index) => part !== '' && parts.indexOf(part) === index).join(', '),
        )
        .find((line) => line.length <= room);
      const line = fitting ?? '';
      const bar = total === null ? '' : `${barOf(done, total)} `;
      write(bar.length + line.length <= room ? bar + line : line);
    },
    end() {
      if (length === 0) return;
      write('');
      stream.write('\r');
      length = 0;
    },
  };
}

function barOf(done: number, total: number): string {
  const full = Math.floor((percent(done, total) / 100) * BAR);
  return `[${'#'.repeat(full)}${'.'.repeat(BAR - full)}]`;
}

const percent = (done: number, total: number) =>
  total === 0 ? 100 : Math.min(100, Math.floor((done / total) * 100));

/** `850 ms`, `12 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`;
}

/** `512 bytes`, `1.5 MB`, `120 MB`. */
export function bytes(count: number): string {
  if (count < 1_000) return `${count} bytes`;
  for (const [unit, size] of [
    ['kB', 1e3],
    ['MB', 1e6],
    ['GB', 1e9],
    ['TB', 1e12],
  ] as const) {
    const amount = count / size;
    if (amount < 1_000) return `${amount < 10 ? amount.toFixed(1) : Math.round(amount)} ${unit}`;
  }
  return `${Math.round(count / 1e12)} TB`;
}
