import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import { ANYONE, type Credential } from '../../../src/auth/authenticate.js';
import { createLiveCallers, type LiveConnection } from '../../../src/transport/live-callers.js';

const callersOfTwo = () => {
  const callers = createLiveCallers({ log: pino({ level: 'silent' }), maxPerCaller: 2 });
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
  expect(callers.enter(first)).toBe(true);
  expect(callers.enter(connection(byKey('k'), '10.0.0.2'))).toBe(true);
  const third = connection(byKey('k'), '10.0.0.3');
  expect(callers.enter(third)).toBe(false);
  expect(callers.enter(connection(byKey('other'), '10.0.0.1'))).toBe(true);
  // One that was never let in takes nobody's place away.
  callers.leave(third);
  expect(callers.enter(third)).toBe(false);
  callers.leave(first);
  callers.leave(first);
  expect(callers.enter(third)).toBe(true);
  expect(callers.enter(first)).toBe(false);
});

it('who shows no credential is an address', () => {
  const callers = callersOfTwo();
  const enter = (from: string) => callers.enter(connection(anyone, from));
  expect([enter('10.0.0.1'), enter('10.0.0.1'), enter('10.0.0.1'), enter('10.0.0.2')]).toEqual([
    true,
    true,
    false,
    true,
  ]);
});
