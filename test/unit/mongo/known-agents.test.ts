import { expect, it } from 'vitest';
import { createKnownAgents } from '../../../src/stores/mongo/feed/known-agents.js';

const KNOWN = { length: 1, lastIdentity: null };

it('sessions that were not written for the longest are forgotten where there are too many', () => {
  const known = createKnownAgents(2);
  for (const session of ['one', 'two', 'one', 'three']) known.set(session, 'a', KNOWN);
  expect(known.of('two', 'a')).toBeUndefined();
  expect(['one', 'three'].map((session) => known.of(session, 'a'))).toEqual([KNOWN, KNOWN]);
});

it('and where their agents have too many or too long names together, but for the one that is written', () => {
  const known = createKnownAgents(1_000, 10_000);
  const name = (n: number) => `${n}`.padEnd(500, 'x');
  known.begin('early');
  known.set('early', name(0), KNOWN);
  for (let n = 0; n < 100; n++) known.set('wide', name(n), KNOWN);
  expect(known.of('early', name(0))).toBeUndefined();
  expect(known.idsOf('wide')).toHaveLength(100);
  // Of what is known anew, or is forgotten, nothing counts.
  known.begin('wide');
  for (let n = 0; n < 10; n++) known.set(`s${n}`, name(n), KNOWN);
  expect(known.of('s0', name(0))).toEqual(KNOWN);
  expect(known.of('wide', name(0))).toBeNull();
  for (let n = 10; n < 20; n++) known.set(`s${n}`, name(n), KNOWN);
  expect(known.of('s0', name(0))).toBeUndefined();
  expect(known.of('s19', name(19))).toEqual(KNOWN);
});
