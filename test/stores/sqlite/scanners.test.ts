import { describe, expect, it } from 'vitest';
import { startScanners } from '../../../src/stores/sqlite/reads/scanners.js';
import type { Thread } from '../../../src/stores/sqlite/threads/thread.js';

/** Threads whose scans end when they are told to. */
async function stage(most = 2, now?: () => number) {
  const running: { name: unknown; at: number | undefined; end: () => void; fail: (error: Error) => void }[] =
    [];
  let started = 0;
  let closed = 0;
  const start = async (): Promise<Thread> => {
    started++;
    return {
      call: (_method, name, { at } = {}) =>
        new Promise((resolve, reject) => {
          running.push({ name, at, end: () => resolve(name), fail: reject });
        }),
      close: async () => void closed++,
    };
  };
  const scanners = await startScanners(start, most, now);
  return {
    scanners,
    names: () => running.map(({ name }) => name),
    end: (name: string) => running.find((one) => one.name === name)?.end(),
    fail: (name: string) => running.find((one) => one.name === name)?.fail(new Error('failed')),
    running,
    started: () => started,
    closed: () => closed,
    scan: (name: string, caller?: string) => scanners.call('countSessions', name, caller),
  };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('the threads that scan', () => {
  it('run one scan of a caller at a time, and those of others beside it', async () => {
    const { scan, names, end, started } = await stage();
    const first = scan('a1', 'a');
    void scan('a2', 'a');
    await settled();
    expect(names()).toEqual(['a1']);
    expect(started()).toBe(1);
    void scan('b1', 'b');
    await settled();
    expect(names()).toEqual(['a1', 'b1']);
    expect(started()).toBe(2);
    end('a1');
    expect(await first).toBe('a1');
    await settled();
    expect(names()).toEqual(['a1', 'b1', 'a2']);
  });

  it('take the callers in turn, however many scans one of them asks for', async () => {
    const { scan, names, end } = await stage(1);
    for (let count = 0; count < 50; count++) void scan(`a${count}`, 'a');
    void scan('b', 'b');
    void scan('c', 'c');
    for (const name of ['a0', 'b', 'c', 'a1']) {
      await settled();
      expect(names().at(-1)).toBe(name);
      end(name);
    }
  });

  it('begin none while they are held, and what waited has as much time as before', async () => {
    let clock = 0;
    const { scanners, scan, names, end, running } = await stage(2, () => clock);
    void scan('a1', 'a');
    await settled();
    scanners.hold(true);
    clock = 100;
    void scan('b1', 'b');
    end('a1');
    await settled();
    expect(names()).toEqual(['a1']);
    clock = 5_000;
    scanners.hold(false);
    await settled();
    expect(running.map(({ name, at }) => [name, at])).toEqual([
      ['a1', 0],
      ['b1', 5_000],
    ]);
  });

  it('reject with what a scan fails with, and go on', async () => {
    const { scan, fail, names } = await stage(1);
    const failing = scan('a1', 'a');
    void scan('a2', 'a');
    await settled();
    fail('a1');
    await expect(failing).rejects.toThrow('failed');
    await settled();
    expect(names()).toEqual(['a1', 'a2']);
  });

  it('say when too many of a caller wait, and take those of others', async () => {
    const { scan, names } = await stage();
    for (let count = 0; count <= 200; count++) void scan(`a${count}`, 'a');
    await expect(scan('one more', 'a')).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    void scan('b', 'b');
    await settled();
    expect(names()).toEqual(['a0', 'b']);
  });

  it('count the time of a scan from when it was asked for', async () => {
    let clock = 0;
    const { scan, running, end } = await stage(1, () => clock);
    void scan('a1', 'a');
    clock = 10;
    void scan('a2', 'a');
    clock = 20;
    await settled();
    end('a1');
    await settled();
    const [, second] = running;
    expect(second?.at).toBe(10);
  });

  it('are all closed', async () => {
    const { scan, scanners, closed } = await stage();
    void scan('a', 'a');
    void scan('b', 'b');
    await settled();
    await scanners.close();
    expect(closed()).toBe(2);
  });
});
