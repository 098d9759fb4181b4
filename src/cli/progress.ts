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

/** One line, written over itself: how much, how fast, how long it will take. `print` says an amount in words, such as `12 MB`. */
export function createProgress({ stream, now }: ProgressDeps, print: (amount: number) => string): Progress {
  const marks: { at: number; done: number }[] = [];
  let shownAt = Number.NEGATIVE_INFINITY;
  return {
    show(done, total) {
      const at = now();
      if (!stream.isTTY || at - shownAt < EVERY_MS) return;
      shownAt = at;
      marks.push({ at, done });
      while (marks.length > 2 && at - (marks[0]?.at ?? at) > RATE_OVER_MS) marks.shift();
      const first = marks[0] ?? { at, done };
      const perMs = at > first.at ? (done - first.done) / (at - first.at) : 0;
      const parts = [
        total === null ? print(done) : `${percent(done, total)} %, ${print(done)} of ${print(total)}`,
        ...(perMs > 0 ? [`${print(Math.round(perMs * 1_000))}/s`] : []),
        ...(perMs > 0 && total !== null ? [`${duration((total - done) / perMs)} left`] : []),
      ];
      stream.write(`\r\u001b[K${parts.join(', ').slice(0, (stream.columns ?? 80) - 1)}`);
    },
    end() {
      if (stream.isTTY && shownAt > Number.NEGATIVE_INFINITY) stream.write('\r\u001b[K');
    },
  };
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
