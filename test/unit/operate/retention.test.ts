import { beforeEach, describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../../src/domain/access/audit-log.js';
import { ParleyError } from '../../../src/domain/errors.js';
import {
  applyRetention,
  BATCH,
  type Expired,
  previewRetention,
  type Removing,
  startRetention,
} from '../../../src/operate/retention.js';
import { parseRetentionRules } from '../../../src/operate/retention-rules.js';
import type { OpenedStore } from '../../../src/stores/open-store.js';
import { aSession } from '../../stores/contract/inputs.js';
import { emptyDatabase } from '../../stores/memory/database.js';
import { openMemoryStore } from '../../stores/memory/open-memory-store.js';
import { log } from '../../stores/sqlite/stage.js';

const NOW = Date.UTC(2026, 0, 31);
const DAY = 86_400_000;
const RULES = [
  { keep: 'forever', metadata: { hold: true } },
  { name: 'support', keep: '30d', applicationName: 'support' },
  { keep: '7d', metadata: { plan: 'free' } },
  { name: 'rest', keep: '90d' },
];

let opened: OpenedStore;
let entries: Omit<AuditEntry, 'count'>[];
let pauses: number[];
let told: Expired[];
let time: number;
beforeEach(() => {
  opened = openMemoryStore(emptyDatabase());
  entries = [];
  pauses = [];
  told = [];
  time = NOW;
});

function options(changed: Partial<Removing> = {}): Removing {
  return {
    store: opened.sessions,
    // Its clock is the one that ages are counted by.
    leases: { ...opened.leases, take: async (lease) => (await opened.leases.take(lease)) && new Date(time) },
    rules: parseRetentionRules(JSON.stringify(RULES)),
    holder: 'me',
    record: (entry) => entries.push(entry),
    now: () => new Date(time),
    pause: async (ms) => void pauses.push(ms),
    ...changed,
  };
}
const never = () => new AbortController().signal;
const apply = (changed: Partial<Removing> = {}, signal = never()) =>
  applyRetention(options(changed), { signal, told: (expired) => told.push(expired) });
const make = (sessionId: string, days: number, fields: Parameters<typeof aSession>[1] = {}) =>
  opened.sessions.createSession(aSession(sessionId, { ...fields, now: new Date(NOW - days * DAY) }));
const left = async () => {
  const page = { limit: 1_000, backward: false, after: null, before: null };
  const orderBy = { field: 'createdAt', direction: 'asc' } as const;
  const { sessions } = await opened.sessions.findSessions({ filter: {}, orderBy, ...page });
  return sessions.map(({ sessionId }) => sessionId).sort();
};

async function makeSome(): Promise<void> {
  await make('held', 1_000, { applicationName: 'support', metadata: { hold: true } });
  await make('support-old', 31, { applicationName: 'support' });
  await make('support-free', 8, { applicationName: 'support', metadata: { plan: 'free' } });
  await make('free-old', 8, { metadata: { plan: 'free' } });
  await make('free-young', 6, { metadata: { plan: 'free' } });
  await make('other-old', 91);
  await make('other-young', 89);
}
const KEPT = ['free-young', 'held', 'other-young', 'support-free'];

describe('retention', () => {
  it('removes what its rule does not keep: the first rule that matches decides', async () => {
    await makeSome();
    const outcomes = await apply();
    expect(outcomes?.map(({ rule, sessions, failure }) => [rule.name, sessions, failure])).toEqual([
      ['support', 1, null],
      ['plan "free"', 1, null],
      ['rest', 1, null],
    ]);
    expect(await left()).toEqual(KEPT);
    expect(entries.map(({ sessionId, callerName }) => [sessionId, callerName])).toEqual([
      ['support-old', 'support'],
      ['free-old', 'plan "free"'],
      ['other-old', 'rest'],
    ]);
    expect(entries[0]).toEqual({
      at: new Date(NOW),
      callerKind: 'system',
      callerId: 'retention',
      callerName: 'support',
      action: 'expireSession',
      sessionId: 'support-old',
      agentId: null,
      outcome: 'ok',
      from: null,
    });
    expect((await apply())?.map(({ sessions }) => sessions)).toEqual([0, 0, 0]);
  });

  it('tells the same in a dry run, and removes nothing, whoever has the lease', async () => {
    await makeSome();
    const all = await left();
    await opened.leases.take({ name: 'retention', holder: 'another', ms: DAY });
    const shown: string[] = [];
    await previewRetention(options(), { signal: never(), told: ({ sessionId }) => shown.push(sessionId) });
    expect(shown).toEqual(['support-old', 'free-old', 'other-old']);
    expect(await left()).toEqual(all);
    expect(entries).toEqual([]);
  });

  it('does nothing while another process has the work', async () => {
    await makeSome();
    await opened.leases.take({ name: 'retention', holder: 'another', ms: DAY });
    expect(await apply()).toBeNull();
    expect(await left()).toHaveLength(7);
  });

  it('works in batches with rests between them', async () => {
    for (let index = 0; index < BATCH * 2 + 5; index++) await make(`s${index}`, 100);
    const asked: number[] = [];
    const findSessions: Removing['store']['findSessions'] = (query) => {
      asked.push(query.limit);
      return opened.sessions.findSessions(query);
    };
    await apply({
      store: { ...opened.sessions, findSessions },
      rules: parseRetentionRules('[{"keep": "90d"}]'),
    });
    expect(asked).toEqual([BATCH, BATCH, BATCH]);
    expect(pauses).toHaveLength(2);
    expect(await left()).toEqual([]);
  });

  it('keeps a conversation that was taken up again after it was found', async () => {
    await makeSome();
    const findSessions: Removing['store']['findSessions'] = async (query) => {
      const page = await opened.sessions.findSessions(query);
      for (const { sessionId } of page.sessions) {
        const feedback = { rating: null, comment: null, fields: {} };
        const receipt = { mutation: 'addFeedback', keyHash: sessionId, bodyHash: 'b' };
        await opened.sessions.addFeedback({ sessionId, feedback, receipt, now: new Date(NOW) });
      }
      return page;
    };
    await apply({ store: { ...opened.sessions, findSessions } });
    expect(await left()).toHaveLength(7);
    expect(entries).toEqual([]);
  });

  it('goes on with the other rules where one cannot be applied', async () => {
    await makeSome();
    let asked = 0;
    const findSessions: Removing['store']['findSessions'] = async (query) => {
      if (++asked === 1) throw new ParleyError('TIMEOUT', 'too slow');
      return opened.sessions.findSessions(query);
    };
    const outcomes = await apply({ store: { ...opened.sessions, findSessions } });
    expect(
      outcomes?.map(({ sessions, failure }) => [sessions, (failure as ParleyError | null)?.code]),
    ).toEqual([
      [0, 'TIMEOUT'],
      [1, undefined],
      [1, undefined],
    ]);
    expect(await left()).toEqual([...KEPT, 'support-old'].sort());
  });

  it.each([
    ['takes too long', new ParleyError('TIMEOUT', 'too slow')],
    ['shows a defect', new TypeError('nobody knows why')],
  ])('goes on with the other sessions where one of them %s', async (_what, failure) => {
    await makeSome();
    await make('other-older', 92);
    const expireSession: Removing['store']['expireSession'] = async (input) => {
      if (input.sessionId === 'other-older') throw failure;
      return opened.sessions.expireSession(input);
    };
    const outcomes = await apply({ store: { ...opened.sessions, expireSession } });
    expect(outcomes?.map(({ sessions, failure }) => [sessions, failure])).toEqual([
      [1, null],
      [1, null],
      [1, failure],
    ]);
    expect(await left()).toEqual([...KEPT, 'other-older'].sort());
  });

  it('prolongs its lease while it works, and stops where it has lost it', async () => {
    for (let index = 0; index < 5; index++) await make(`s${index}`, 100 + index);
    let taken = 0;
    const leases: Removing['leases'] = {
      ...opened.leases,
      take: async () => (++taken <= 2 ? new Date(NOW) : null),
    };
    const expireSession: Removing['store']['expireSession'] = (input) => {
      time += 40_000;
      return opened.sessions.expireSession(input);
    };
    await apply({ leases, store: { ...opened.sessions, expireSession } });
    expect(taken).toBe(3);
    expect(told.map(({ sessionId }) => sessionId)).toEqual(['s4', 's3']);
  });

  it('ends at once where it is told to', async () => {
    for (let index = 0; index < 5; index++) await make(`s${index}`, 100 + index);
    const stopping = new AbortController();
    const expireSession: Removing['store']['expireSession'] = async (input) => {
      const gone = await opened.sessions.expireSession(input);
      stopping.abort();
      return gone;
    };
    await apply({ store: { ...opened.sessions, expireSession } }, stopping.signal);
    expect(await left()).toEqual(['s0', 's1', 's2', 's3']);
  });

  it('counts ages by the clock of the database', async () => {
    await make('young', 1);
    const leases: Removing['leases'] = { ...opened.leases, take: async () => new Date(NOW) };
    time = NOW + 1_000 * DAY;
    await apply({ leases });
    expect(await left()).toEqual(['young']);
  });

  it('goes on in a server after the database was away, and lets others have the work when it stops', async () => {
    await makeSome();
    let tries = 0;
    let done = () => {};
    const applied = new Promise<void>((resolve) => {
      done = resolve;
    });
    const base = options();
    const retention = startRetention({
      ...base,
      log,
      leases: {
        ...base.leases,
        take: (lease) =>
          ++tries === 1
            ? Promise.reject(new ParleyError('STORE_UNAVAILABLE', 'away'))
            : base.leases.take(lease),
      },
      pause: (ms, signal) => {
        if (ms < 1_000 || tries === 1) return Promise.resolve();
        done();
        return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
      },
    });
    await applied;
    expect(await left()).toEqual(KEPT);
    expect(await opened.leases.take({ name: 'retention', holder: 'next', ms: 1 })).toBeNull();
    await retention.stop();
    expect(await opened.leases.take({ name: 'retention', holder: 'next', ms: 1 })).not.toBeNull();
  });
});
