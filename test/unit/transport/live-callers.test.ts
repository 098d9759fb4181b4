import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import { ANYONE, type Credential } from '../../../src/auth/authenticate.js';
import { createHeldMemory } from '../../../src/transport/bounds/held-memory.js';
import { createLiveCallers, type LiveConnection } from '../../../src/transport/bounds/live-callers.js';

const callersOfTwo = () => {
  const log = pino({ level: 'silent' });
  const callers = createLiveCallers({ log, maxPerCaller: 2, memory: createHeldMemory(100_000_000) });
  onTestFinished(() => callers.close());
  return callers;
};

const byKey = (id: string): Credential => ({
  caller: { ...ANYONE, kind: 'key', id },
  holds: async () => true,
});
const anyone: Credential = { caller: ANYONE, holds: async () => true };
const connection = (credential: Credential, from: string): LiveConnection => ({
  credential,
  from,
  credentialEnded: () => {},
});

it('a caller has no more connections than it may, wherever they come from, and one that leaves makes room', () => {
  const callers = callersOfTwo();
  const first = connection(byKey('k'), '10.0.0.1');
  expect(callers.enter(first)).not.toBeNull();
  expect(callers.enter(connection(byKey('k'), '10.0.0.2'))).not.toBeNull();
  const third = connection(byKey('k'), '10.0.0.3');
  expect(callers.enter(third)).toBeNull();
  expect(callers.enter(connection(byKey('other'), '10.0.0.1'))).not.toBeNull();
  // One that was never let in takes nobody's place away.
  callers.leave(third);
  expect(callers.enter(third)).toBeNull();
  callers.leave(first);
  callers.leave(first);
  expect(callers.enter(third)).not.toBeNull();
  expect(callers.enter(first)).toBeNull();
});

it('who shows no credential is an address', () => {
  const callers = callersOfTwo();
  const enter = (from: string) => callers.enter(connection(anyone, from)) !== null;
  expect([enter('10.0.0.1'), enter('10.0.0.1'), enter('10.0.0.1'), enter('10.0.0.2')]).toEqual([
    true,
    true,
    false,
    true,
  ]);
});

it('what a caller holds counts over its connections, also after one of them has gone', () => {
  const memory = createHeldMemory(1_000_000);
  const callers = createLiveCallers({ log: pino({ level: 'silent' }), memory });
  onTestFinished(() => callers.close());
  const gone = connection(byKey('k'), '10.0.0.1');
  const release = callers.enter(gone)?.hold([{ thing: {}, bytes: 400_000 }]);
  callers.leave(gone);
  const second = callers.enter(connection(byKey('k'), '10.0.0.2'));
  const more = () => second?.hold([{ thing: {}, bytes: 200_000 }]);
  expect(more).toThrow(expect.objectContaining({ code: 'RATE_LIMITED' }));
  const other = callers.enter(connection(byKey('other'), '10.0.0.1'));
  expect(other?.hold([{ thing: {}, bytes: 200_000 }])).toBeTypeOf('function');
  release?.();
  expect(more()).toBeTypeOf('function');
});

it('a connection is let in where there is memory for it', () => {
  const callers = createLiveCallers({ log: pino({ level: 'silent' }), memory: createHeldMemory(50_000) });
  onTestFinished(() => callers.close());
  const entered = Array.from({ length: 5 }, (_, n) => callers.enter(connection(byKey('k'), `10.0.0.${n}`)));
  expect(entered.filter((share) => share !== null)).toHaveLength(2);
  expect(callers.enter(connection(byKey('other'), '10.0.0.9'))).not.toBeNull();
});
