import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createStrandsStorage,
  type EraseOptions,
  eraseSessions,
  type LibraryFilter,
  SessionManager,
} from '../../src/index.js';
import { openDatabase } from '../../src/library/database.js';
import { LOCATIONS, type TestLocation } from '../support/locations.js';

const SECRET = 'my card number is 4111-1111-1111-1111';
const ofAlice: LibraryFilter = { metadata: [{ path: 'user.id', eq: 'alice' }] };

describe.each(Object.entries(LOCATIONS))('erasing by the library on %s', (_name, locate) => {
  let database: TestLocation;
  beforeAll(async () => {
    database = await locate();
    for (const [sessionId, user] of [
      ['alice-1', 'alice'],
      ['alice-2', 'alice'],
      ['bob-1', 'bob'],
    ] as const) {
      const said = user === 'alice' ? SECRET : 'what Bob said';
      const metadata = { user: { id: user }, note: said };
      const manager = await SessionManager.open({ ...database.options, sessionId, metadata });
      await manager.appendMessage({ role: 'user', text: said }, { agentId: 'a' });
      await manager.syncAgent({ agentId: 'a', state: { said } });
      await manager.addFeedback({ rating: 'down', comment: said });
      await manager.close();
      const storage = await createStrandsStorage(database.options);
      await storage.write(`session/${sessionId}/scopes/agent/a`, Buffer.from(said));
      await storage.close();
    }
  });
  afterAll(() => database.remove());
  const erase = (rest: Omit<EraseOptions, 'path'>) =>
    eraseSessions({ ...database.options, ...rest } as EraseOptions);
  const has = async (text: string) => (await database.contents()).includes(text);

  it('tells what it would be, and changes nothing', async () => {
    const ids = ['alice-1', 'alice-2'];
    expect(await erase({ filter: ofAlice, dryRun: true })).toEqual({
      dryRun: true,
      sessionIds: ids,
      matched: 2,
      more: false,
      receipt: null,
    });
    expect(await has(SECRET)).toBe(true);
  });

  it('leaves nothing in any file or collection, gives a receipt, and is in the audit', async () => {
    const { receipt, ...rest } = await erase({ filter: ofAlice, callerName: 'gdpr desk' });
    expect(rest).toMatchObject({ sessionIds: ['alice-1', 'alice-2'], matched: 2, more: false });
    expect(receipt).toMatchObject({
      callerName: 'gdpr desk',
      sessions: 2,
      digest: createHash('sha256').update('["alice-1","alice-2"]').digest('hex'),
    });
    expect(receipt?.remains?.length).toBeGreaterThan(1);
    expect(receipt?.remains?.filter(({ left }) => left > 0)).toEqual([]);
    expect(await has(SECRET)).toBe(false);
    expect(await has('what Bob said')).toBe(true);
    const opened = await openDatabase(database.options);
    const entries = await opened.audit.list({ limit: 10, before: null });
    await opened.close();
    expect(entries.map(({ sessionId, action, callerName }) => [sessionId, action, callerName])).toEqual([
      ['alice-2', 'eraseSessions', 'gdpr desk'],
      ['alice-1', 'eraseSessions', 'gdpr desk'],
    ]);
    expect(await erase({ filter: ofAlice })).toMatchObject({ matched: 0, receipt: null });
  });

  it.each<[string, unknown, RegExp]>([
    ['asks for nothing', {}, /matches every session/],
    ['asks for nothing, wrapped', { not: { sessionIds: [] } }, /matches every session/],
    [
      'has a member that there is not',
      { sessionID: ['bob-1'] },
      /filter has no member "sessionID"; there are/,
    ],
    ['lacks a value that was meant', { sessionType: 'AGENT', applicationName: undefined }, /is undefined/],
    ['lacks one deeper', { or: [{ sessionIds: undefined }] }, /filter\.or\[0\]\.sessionIds is undefined/],
    ['compares with nothing', { metadata: [{ path: 'user.id', eq: undefined }] }, /eq is undefined/],
    ['tests nothing', { metadata: [{ path: 'user.id' }] }, /tests nothing/],
    [
      'has a date that is text',
      { createdAt: { lt: '2026-01-01' } },
      /createdAt takes an object of valid Dates/,
    ],
    ['is a list', [], /filter must be an object/],
  ])('refuses a filter that %s, and erases nothing', async (_, filter, message) => {
    const refused = erase({ filter: filter as LibraryFilter });
    await expect(refused).rejects.toMatchObject({ message: expect.stringMatching(message) });
    expect(await has('what Bob said')).toBe(true);
  });

  it('finds by dates, agents, feedback and the opposite of a filter', async () => {
    const found = async (filter: LibraryFilter) =>
      (await erase({ filter, dryRun: true })).sessionIds.join(',');
    expect(await found({ createdAt: { lt: new Date() }, agentIds: ['a'], feedbackRating: 'down' })).toBe(
      'bob-1',
    );
    expect(await found({ createdAt: { gt: new Date() } })).toBe('');
    expect(await found({ not: ofAlice, and: [{ sessionIdPrefix: 'bob' }] })).toBe('bob-1');
    expect(await found({ or: [{ metadata: [{ path: 'user.id', in: ['bob', 1] }] }] })).toBe('bob-1');
  });
});
