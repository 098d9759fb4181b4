import { describe, expect, it } from 'vitest';
import { bytes, createProgress } from '../../src/cli/progress.js';

/** A terminal that keeps what it shows, and a clock that is set by hand. */
function terminal(columns: number | undefined, isTTY = true) {
  let written = '';
  const clock = { ms: 0 };
  const stream = {
    isTTY,
    ...(columns === undefined ? {} : { columns }),
    write: (text: string) => (written += text),
  };
  return {
    deps: { stream, now: () => clock.ms },
    clock,
    written: () => written,
    /** The line as it is read: what was written last over what stood there. */
    line: () => (written.split('\r').at(-1) ?? '').trimEnd(),
  };
}

const halfWay = (columns: number | undefined) => {
  const screen = terminal(columns);
  const progress = createProgress(screen.deps, (count) => `${count} messages`);
  for (const [ms, done] of [
    [0, 0],
    [1_000, 25_000],
    [2_000, 50_000],
  ] as const) {
    screen.clock.ms = ms;
    progress.show(done, 100_000);
  }
  return { ...screen, progress };
};

describe('the progress of a long command', () => {
  it('is a bar with amount, rate and remaining time', () => {
    expect(halfWay(120).line()).toBe(
      '[############............] 50 %, 50000 messages of 100000 messages, 25000 messages/s, 2 s left',
    );
  });

  it('leaves out what a narrow terminal has no room for, and is never wider', () => {
    expect(halfWay(80).line()).toBe('50 %, 50000 messages of 100000 messages, 25000 messages/s, 2 s left');
    expect(halfWay(50).line()).toBe('50 %, 25000 messages/s, 2 s left');
    expect(halfWay(20).line()).toBe('50 %, 2 s left');
    expect(halfWay(10).line()).toBe('50 %');
    expect(halfWay(3).line()).toBe('');
    // A terminal that does not say.
    for (const columns of [0, undefined]) expect(halfWay(columns).line()).toBe(halfWay(80).line());
    for (let columns = 1; columns < 130; columns++) {
      expect(halfWay(columns).line().length).toBeLessThan(columns);
    }
  });

  it('needs no escape codes, writes over a longer line, and leaves nothing behind', () => {
    const { written, line, progress } = halfWay(120);
    expect([...written()].every((character) => character === '\r' || character >= ' ')).toBe(true);
    progress.end();
    expect(line()).toBe('');
    expect(written()).toMatch(/\r {90,}\r$/);
  });

  it('tells amount and rate alone where nobody knows how much there is', () => {
    const screen = terminal(80);
    const progress = createProgress(screen.deps, bytes);
    progress.show(0, null);
    screen.clock.ms = 1_000;
    progress.show(2_000_000, null);
    expect(screen.line()).toBe('2.0 MB, 2.0 MB/s');
  });

  it('is silent where there is no terminal', () => {
    const screen = terminal(80, false);
    const progress = createProgress(screen.deps, bytes);
    progress.show(1, 2);
    progress.end();
    expect(screen.written()).toBe('');
  });
});
