import { expect, it } from 'vitest';
import { Inbox } from '../../../src/transport/ws-inbox.js';

const settled = () => new Promise((resolve) => setImmediate(resolve));

function stage() {
  const log: string[] = [];
  const turns: (() => void)[] = [];
  let waits = false;
  const inbox = new Inbox({
    turn: (message) =>
      waits && String(message) !== 'now'
        ? new Promise<void>((resolve, reject) =>
            turns.push(() => (String(message) === 'refused' ? reject(new Error('no')) : resolve())),
          )
        : undefined,
    handle: (message) => void log.push(String(message)),
    taken() {},
    pause: () => {
      log.push('pause');
      return () => log.push('resume');
    },
    turnFailed: () => void log.push('failed'),
  });
  return {
    log,
    turns,
    wait: () => {
      waits = true;
    },
    take: (...messages: string[]) => {
      for (const message of messages) inbox.take(Buffer.from(message));
    },
  };
}

it('what waits for nothing is taken at once', () => {
  const { take, log } = stage();
  take('a', 'b');
  expect(log).toEqual(['a', 'b']);
});

it('behind a message that waits for its turn nothing is read, and what has come keeps its order', async () => {
  const { take, log, turns, wait } = stage();
  wait();
  take('a', 'now', 'refused', 'b');
  expect(log).toEqual(['pause']);
  turns.shift()?.();
  await settled();
  expect(log).toEqual(['pause', 'a', 'now']);
  turns.shift()?.();
  await settled();
  expect(log.at(-1)).toBe('failed');
  turns.shift()?.();
  await settled();
  expect(log.slice(4)).toEqual(['b', 'resume']);
});
