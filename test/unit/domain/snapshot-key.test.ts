import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  rangesOfSession,
  sessionOfSnapshot,
  snapshotKeyOf,
  withinSession,
} from '../../../src/domain/sessions/snapshot-key.js';

const part = fc.constantFrom('a', '/', '%', '%2F', '%25', '%2f', 'context/', 'scopes/', 'é', '.');
const text = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(''));

it('a key within a session is one whole key, which says whose it is', () => {
  fc.assert(
    fc.property(text, text, (sessionId, key) => {
      const whole = snapshotKeyOf(sessionId, key);
      expect(sessionOfSnapshot(whole)).toBe(sessionId);
      expect(withinSession(whole)).toEqual({ sessionId, key });
    }),
  );
});

it('a whole key lies in the ranges of its own session alone', () => {
  const isIn = (whole: string, sessionId: string) =>
    rangesOfSession(sessionId).some(({ from }) => whole.startsWith(from));
  fc.assert(
    fc.property(text, text, text, (sessionId, other, key) => {
      const whole = snapshotKeyOf(sessionId, key);
      expect(isIn(whole, sessionId)).toBe(true);
      expect(isIn(whole, other)).toBe(other === sessionId);
    }),
  );
});

it.each([
  ['session/s/scopes/agent/a/snapshots/snapshot_latest.json', 'agent/a/snapshots/snapshot_latest.json'],
  ['context/s/scopes/agent/a/tool_0', 'context/agent/a/tool_0'],
])('keys of the SDK are as it writes them: %s', (whole, key) => {
  expect(withinSession(whole)).toEqual({ sessionId: 's', key });
  expect(snapshotKeyOf('s', key)).toBe(whole);
});

it.each(['tenant/s/scopes/x', 'session/s', 'session//scopes/x', 'session/a%2fb/scopes/x', 'k'])(
  'what is of no session is of none: %s',
  (key) => {
    expect(sessionOfSnapshot(key)).toBeNull();
    expect(withinSession(key)).toBeNull();
  },
);
