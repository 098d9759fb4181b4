import { randomBytes, randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { auditedService } from '../../../src/domain/access/audited-service.js';
import { ParleyError } from '../../../src/domain/errors.js';
import { digestOf } from '../../../src/domain/sessions/erase-sessions.js';
import { createSessionService } from '../../../src/domain/sessions/session-service.js';
import type { SessionStore } from '../../../src/domain/sessions/session-store.js';
import { emptyDatabase } from '../../stores/memory/database.js';
import { openMemoryStore } from '../../stores/memory/open-memory-store.js';

const MINE = { applicationName: 'mine' };
let store: SessionStore;
let time: number;
const serve = (changed: Partial<SessionStore> = {}) =>
  createSessionService({
    store: { ...store, ...changed },
    now: () => new Date(time),
    randomBytes,
    newId: randomUUID,
  });

beforeEach(async () => {
  time = 1_000;
  store = openMemoryStore(emptyDatabase()).sessions;
  for (const sessionId of ['a', 'b', 'c', 'd']) {
    time += 1;
    await serve().createSession({ sessionId, sessionType: 'AGENT', ...MINE });
  }
});

const unavailable = () => Promise.reject(new ParleyError('STORE_UNAVAILABLE', 'away'));

describe('an erasure', () => {
  it('that fails in the middle says what is gone, and that there is more; the next one says what is wrong', async () => {
    const lines: unknown[] = [];
    const deleteSession: SessionStore['deleteSession'] = (id, now) =>
      id === 'c' ? unavailable() : store.deleteSession(id, now);
    const service = auditedService(serve({ deleteSession }), (...line) => lines.push(line));
    expect(await service.eraseSessions({ filter: MINE, dryRun: false })).toMatchObject({
      sessionIds: ['a', 'b'],
      matched: 4,
      more: true,
    });
    await expect(service.eraseSessions({ filter: MINE, dryRun: false })).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    });
    expect(lines).toEqual([
      ['eraseSessions', { sessionId: 'a', agentId: null }, 'ok'],
      ['eraseSessions', { sessionId: 'b', agentId: null }, 'ok'],
      ['eraseSessions', { sessionId: null, agentId: null }, 'STORE_UNAVAILABLE'],
    ]);
  });

  it('begins no deletion after ten seconds', async () => {
    const deleteSession: SessionStore['deleteSession'] = (id, now) => {
      time += 6_000;
      return store.deleteSession(id, now);
    };
    const erasure = await serve({ deleteSession }).eraseSessions({ filter: MINE, dryRun: false });
    expect(erasure).toMatchObject({ sessionIds: ['a', 'b'], matched: 4, more: true });
  });

  it('does not count what another has deleted meanwhile', async () => {
    const deleteSession: SessionStore['deleteSession'] = async (id, now) => {
      if (id === 'b') await store.deleteSession('b', now);
      return store.deleteSession(id, now);
    };
    const erasure = await serve({ deleteSession }).eraseSessions({ filter: MINE, dryRun: false });
    expect(erasure).toMatchObject({ sessionIds: ['a', 'c', 'd'], matched: 4, more: false });
  });

  it('has everything that it reads count as its caller, who waits for its own scans alone', async () => {
    const callers: [string, string | undefined][] = [];
    const service = serve({
      countSessions: (filter, within, budget) => {
        callers.push(['count', budget?.caller]);
        return store.countSessions(filter, within, budget);
      },
      findSessions: (query, budget) => {
        callers.push(['list', budget?.caller]);
        return store.findSessions(query, budget);
      },
      remainsOf: (sessionIds, caller) => {
        callers.push(['search', caller]);
        return store.remainsOf(sessionIds, caller);
      },
    });
    await service.eraseSessions({ filter: MINE, dryRun: false }, 'key alice');
    expect(callers).toEqual([
      ['count', 'key alice'],
      ['list', 'key alice'],
      ['search', 'key alice'],
    ]);
  });

  it('stands where the search for what is left fails', async () => {
    const erasure = await serve({ remainsOf: unavailable }).eraseSessions({ filter: MINE, dryRun: false });
    expect(erasure).toMatchObject({ sessionIds: ['a', 'b', 'c', 'd'], more: false, remains: null });
  });
});

it('the digest of a list does not depend on its order, and sorts by code point', () => {
  expect(digestOf(['b', 'a'])).toBe(digestOf(['a', 'b']));
  expect(digestOf(['\u{1F600}', '\uFF5E'])).toBe(digestOf(['\uFF5E', '\u{1F600}']));
  expect(digestOf(['a', 'b'])).not.toBe(digestOf(['a\nb']));
});
