import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import { ANYONE, type Credential } from '../../../src/auth/authenticate.js';
import { createLiveCallers, type LiveConnection } from '../../../src/transport/live-callers.js';

const callersOfTwo = () => {
  const log = pino({ level: 'silent' });
  const callers = createLiveCallers({ log, maxPerCaller: 2, maxHeldBytes: 10_000 });
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

it('what a caller holds counts over its connections, also after one of them has gone, but for the first bytes of each operation', () => {
  const callers = callersOfTwo();
  const gone = connection(byKey('k'), '10.0.0.1');
  const first = callers.enter(gone);
  for (let count = 0; count < 100; count++) first?.hold(4_096);
  expect(first?.refusal()).toBeNull();
  first?.hold(4_096 + 10_000);
  expect(first?.refusal()).toBeNull();
  callers.leave(gone);
  const second = callers.enter(connection(byKey('k'), '10.0.0.2'));
  expect(second?.refusal()).toBeNull();
  second?.hold(4_097);
  expect(second?.refusal()).toMatchObject({
    code: 'RATE_LIMITED',
    message: expect.stringContaining('10000 bytes'),
  });
  expect(callers.enter(connection(byKey('other'), '10.0.0.1'))?.refusal()).toBeNull();
  first?.release(4_096 + 10_000);
  expect(second?.refusal()).toBeNull();
});
