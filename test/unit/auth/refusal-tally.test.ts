import { describe, expect, it } from 'vitest';
import { createRefusalTally } from '../../../src/auth/refusal-tally.js';
import type { AuditEntry } from '../../../src/domain/access/audit-log.js';
import { madeBy } from '../../../src/domain/fairness/shares.js';

type Refusal = Omit<AuditEntry, 'count'>;
const refusal = (fields: Partial<Refusal> = {}): Refusal => ({
  at: new Date('2026-05-01T12:00:00Z'),
  callerKind: 'key',
  callerId: 'k1',
  callerName: 'ci',
  action: 'deleteSession',
  sessionId: 's',
  agentId: null,
  outcome: 'FORBIDDEN',
  from: '127.0.0.1',
  ...fields,
});

function stage(limits?: { namedOfCaller?: number; entries?: number }) {
  let time = 0;
  const tally = createRefusalTally(() => time, limits);
  return { tally, pass: (ms: number) => (time += ms) };
}

describe('what is refused', () => {
  it('is one entry for a caller and minute, with a count', () => {
    const { tally, pass } = stage();
    const first = tally(refusal());
    for (let n = 1; n < 1_000; n++) expect(tally(refusal({ from: `10.0.0.${n % 9}` }))).toBe(first);
    expect(first.count).toBe(1_000);
    pass(60_000);
    const next = tally(refusal());
    expect(next).not.toBe(first);
    expect(next.mark).not.toBe(first.mark);
    expect([first.count, next.count]).toEqual([1_000, 1]);
  });

  it('is told apart by caller, action and outcome, and callers without a credential by their address', () => {
    const { tally } = stage();
    const nobody = { callerKind: 'anonymous', callerId: '', callerName: '' } as const;
    const entries = [
      {},
      { callerId: 'k2' },
      { callerKind: 'jwt' as const },
      { action: 'addFeedback' },
      { outcome: 'RATE_LIMITED' },
      nobody,
      { ...nobody, from: '10.0.0.1' },
    ].map((fields) => tally(refusal(fields)));
    expect(new Set(entries.map(({ mark }) => mark)).size).toBe(entries.length);
  });

  it('is one for all session tokens of a maker beyond the first, which are named', () => {
    const { tally } = stage({ namedOfCaller: 2 });
    const token = (n: number, maker = 'key k1') =>
      tally(
        refusal({ callerKind: 'session-token', callerId: `t${n}`, callerName: 'session s' }),
        madeBy(`t${n}`, maker),
      );
    const entries = new Set(Array.from({ length: 500 }, (_, n) => token(n)));
    expect([...entries].map(({ callerId, callerName, count }) => [callerId, callerName, count])).toEqual([
      ['t0', 'session s', 1],
      ['t1', 'session s', 1],
      ['', 'session tokens of key k1', 498],
    ]);
    expect(token(9, 'key k2').callerId).toBe('t9');
  });

  it('names of each caller so many sessions a minute, and counts the rest without a name', () => {
    const { tally } = stage({ namedOfCaller: 3 });
    const entries = new Set(Array.from({ length: 500 }, (_, n) => tally(refusal({ sessionId: `s${n}` }))));
    expect([...entries].map(({ sessionId, count }) => [sessionId, count])).toEqual([
      ['s0', 1],
      ['s1', 1],
      ['s2', 1],
      [null, 497],
    ]);
  });

  it('is bounded for any number of callers, and none is left out of the count', () => {
    const { tally } = stage({ entries: 10 });
    const entries = new Set(
      Array.from({ length: 5_000 }, (_, n) => tally(refusal({ callerId: `k${n}`, sessionId: `s${n}` }))),
    );
    expect(entries.size).toBe(11);
    const [others] = [...entries].filter(({ count }) => count > 1);
    expect(others).toMatchObject({
      callerKind: 'anonymous',
      callerId: '',
      callerName: 'other callers',
      sessionId: null,
      from: null,
      count: 4_990,
    });
  });
});
