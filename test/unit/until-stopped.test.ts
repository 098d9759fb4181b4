import { EventEmitter } from 'node:events';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { exitWhenStopped } from '../../src/cli/until-stopped.js';

function deferred<T>() {
  let settle: { resolve(value: T): void; reject(error: Error): void } | undefined;
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  if (!settle) throw new Error('a promise runs its executor at once');
  return { promise, ...settle };
}

/** A process that ends on paper: `exited` resolves with its code. */
function setUp({ deadlineMs = 60_000 } = {}) {
  const events = new EventEmitter();
  let clock = 0;
  let stops = 0;
  const said: string[] = [];
  const stopping = deferred<void>();
  const exited = deferred<number>();
  exitWhenStopped({
    process: { on: (event, listener) => events.on(event, listener), exit: (code) => exited.resolve(code) },
    stop() {
      stops++;
      return stopping.promise;
    },
    log: pino({ level: 'silent' }),
    say: (line) => said.push(line),
    now: () => clock,
    deadlineMs,
  });
  return {
    emit: (event: string, value?: unknown) => events.emit(event, value),
    pass: (ms: number) => {
      clock += ms;
    },
    stopping,
    exited: exited.promise,
    stops: () => stops,
    said,
  };
}

describe('the end of a server', () => {
  it.each(['SIGTERM', 'SIGINT'])('comes with code 0 when %s has stopped it', async (signal) => {
    const { emit, stopping, exited, stops } = setUp();
    emit(signal);
    stopping.resolve();
    expect(await exited).toBe(0);
    expect(stops()).toBe(1);
  });

  it('comes with code 1 when the stop fails', async () => {
    const { emit, stopping, exited } = setUp();
    emit('SIGTERM');
    stopping.reject(new Error('disk full'));
    expect(await exited).toBe(1);
  });

  it('waits through the same Ctrl-C arriving twice, and comes at once on a later signal', async () => {
    const { emit, pass, exited, stops } = setUp();
    emit('SIGINT');
    pass(5);
    emit('SIGINT');
    const first = await Promise.race([exited, Promise.resolve('waiting')]);
    expect(first).toBe('waiting');
    pass(2_000);
    emit('SIGINT');
    expect(await exited).toBe(1);
    expect(stops()).toBe(1);
  });

  it('comes with code 1 when the stop takes longer than its deadline', async () => {
    const { emit, exited, said } = setUp({ deadlineMs: 1 });
    emit('SIGTERM');
    expect(await exited).toBe(1);
    expect(said).toEqual(['the stop took longer than 0.001 s; ending without it']);
  });

  it.each(['unhandledRejection', 'uncaughtException'])(
    'comes with code 1 after an orderly stop on %s',
    async (event) => {
      const { emit, stopping, exited, stops } = setUp();
      emit(event, new Error('nobody caught this'));
      emit(event, new Error('nor this'));
      stopping.resolve();
      expect(await exited).toBe(1);
      expect(stops()).toBe(1);
    },
  );
});
