import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenedStore } from '../../../src/stores/open-store.js';
import {
  aFeedback,
  anAgent,
  anAppend,
  aRedaction,
  aSession,
  at,
  setting,
  someMetrics,
} from '../contract/inputs.js';
import { expectCode, readMessages, textOf } from '../contract/reads.js';
import { pythonAgent, pythonAppend, pythonMessage, pythonSession } from './python-documents.js';
import { startTestDatabase, type TestDatabase } from './server.js';

/** As library 0.9 writes it: without an identity. */
const plain = (id: number, text: string) => pythonMessage(id, text, { storage_id: undefined });
const day = 24 * 60;

describe('the identity of an append', () => {
  let database: TestDatabase;
  let one: OpenedStore;
  let other: OpenedStore;
  let serial = 0;

  beforeAll(async () => {
    database = await startTestDatabase();
    [one, other] = [await database.open(), await database.open()];
  });
  afterAll(() => database.drop());

  const insert = async (...messages: object[]) => {
    const sessionId = `s${++serial}`;
    const stored = messages.map((message) =>
      Object.fromEntries(Object.entries(message).filter(([, value]) => value !== undefined)),
    );
    await database.sessions.insertOne(pythonSession(sessionId, { agents: { a: pythonAgent('a', stored) } }));
    return sessionId;
  };
  const raw = (sessionId: string) => database.sessions.findOne({ _id: sessionId });
  const withIds = async (sessionId: string) =>
    (await raw(sessionId)).agents.a.messages.map((message: object) => 'storage_id' in message);
  const receipts = async (sessionId: string) =>
    Object.keys((await raw(sessionId)).parley_receipts ?? {}).length;

  it.each<[string, object[], boolean]>([
    ['has no message yet', [], false],
    ['has messages without one', [plain(0, 'x'), plain(1, 'y')], false],
    ['has messages with one', [pythonMessage(0, 'x'), pythonMessage(1, 'y')], true],
    ['has old messages without and newer with one', [plain(0, 'x'), pythonMessage(1, 'y')], false],
    ['has messages with and newer without one', [pythonMessage(0, 'x'), plain(1, 'y')], false],
  ])(
    'is stored with the message only where all carry one: an agent that %s',
    async (_, messages, carried) => {
      const sessionId = await insert(...messages);
      for (const { sessions } of [one, other, one])
        await sessions.appendMessages(anAppend(sessionId, 'a', ['p', 'q'], { now: at(1) }));
      expect((await withIds(sessionId)).slice(messages.length)).toEqual(Array(6).fill(carried));
      const appended = (await raw(sessionId)).agents.a.messages.at(-1);
      const keys = ['created_at', 'message', 'message_id', 'redact_message', 'updated_at'];
      expect(Object.keys(appended).sort()).toEqual(carried ? [...keys, 'storage_id'].sort() : keys);
    },
  );

  it('is in no message of an agent that an append makes', async () => {
    await one.sessions.appendMessages(anAppend('made', 'a', ['x', 'y'], { createIfMissing: {} }));
    expect(await withIds('made')).toEqual([false, false]);
  });

  it('lasts a day in a receipt: a repetition on another instance writes nothing, another body is refused', async () => {
    const sessionId = await insert(plain(0, 'x'));
    const append = anAppend(sessionId, 'a', ['p', 'q'], { key: 'k' });
    const first = await one.sessions.appendMessages(append);
    await database.sessions.updateOne({ _id: sessionId }, pythonAppend('a', [plain(3, 'python')], at(1)));
    await other.sessions.appendMessages(anAppend(sessionId, 'a', ['r']));
    expect(await other.sessions.appendMessages({ ...append, now: at(day - 1) })).toEqual(first);
    await one.sessions.redactMessage(aRedaction({ sessionId, agentId: 'a', position: 1 }, '[gone]'));
    expect((await other.sessions.appendMessages(append)).map(textOf)).toEqual(['[gone]', 'q']);
    for (const said of [['p', 'other'], ['p'], ['p', 'q', 'r']]) {
      await expectCode(
        other.sessions.appendMessages(anAppend(sessionId, 'a', said, { key: 'k' })),
        'IDEMPOTENCY_CONFLICT',
      );
    }
    expect((await readMessages(one.sessions, sessionId, 'a')).map(textOf)).toEqual([
      'x',
      '[gone]',
      'q',
      'python',
      'r',
    ]);
  });

  it('is refused where its receipt counts more messages than there can be', async () => {
    const sessionId = await insert(plain(0, 'x'));
    const append = anAppend(sessionId, 'a', ['p'], { key: 'k' });
    await one.sessions.appendMessages(append);
    const { parley_receipts } = await database.sessions.findOne({ _id: sessionId });
    const [key] = Object.keys(parley_receipts);
    const count = { [`parley_receipts.${key}.count`]: Number.MAX_SAFE_INTEGER };
    await database.sessions.updateOne({ _id: sessionId }, { $set: count });
    await expectCode(other.sessions.appendMessages(append), 'IDEMPOTENCY_CONFLICT');
  });

  it('goes with the receipt after a day, by a later append', async () => {
    const sessionId = await insert(plain(0, 'x'));
    const fresh = await database.open();
    for (const minute of [0, 1, 2]) {
      await one.sessions.appendMessages(anAppend(sessionId, 'a', ['p'], { now: at(minute) }));
    }
    expect(await receipts(sessionId)).toBe(3);
    await fresh.sessions.appendMessages(anAppend(sessionId, 'a', ['q'], { now: at(day + 2) }));
    // The third is not older than a day yet.
    expect(await receipts(sessionId)).toBe(2);
    await fresh.close();
  });

  it('of writes without a key leaves one receipt behind, however many they are', async () => {
    const sessionId = 'unkeyed';
    const brief = <T extends { receipt: object }>(input: T): T => ({
      ...input,
      receipt: { ...input.receipt, unkeyed: true },
    });
    const { sessions } = one;
    await sessions.createSession(brief(aSession(sessionId)));
    const address = { sessionId, agentId: 'a', position: 0 };
    for (let turn = 0; turn < 20; turn++) {
      await sessions.appendMessages({
        ...anAppend(sessionId, 'a', ['x'], { createIfMissing: {} }),
        unkeyed: true,
      });
      await sessions.upsertAgent(brief(anAgent(sessionId, 'a', { state: { turn } })));
      await sessions.recordMetrics(brief(someMetrics(address, { turn })));
      await sessions.redactMessage(brief(aRedaction(address, `${turn}`)));
      await sessions.changeMetadata(brief(setting(sessionId, { turn })));
      await sessions.addFeedback(brief(aFeedback(sessionId, 'up')));
      expect(await receipts(sessionId)).toBe(1);
    }
    const together = Array.from({ length: 50 }, () =>
      sessions.appendMessages({ ...anAppend(sessionId, 'a', ['y']), unkeyed: true }),
    );
    await Promise.all(together);
    await sessions.appendMessages({ ...anAppend(sessionId, 'a', ['z']), unkeyed: true });
    expect(await receipts(sessionId)).toBe(1);
    expect(await readMessages(sessions, sessionId, 'a')).toHaveLength(71);
  });

  it('of a process that ended goes after ten minutes, where its writes had no key', async () => {
    const [sessionId, gone] = [await insert(plain(0, 'x')), await database.open()];
    await gone.sessions.appendMessages({ ...anAppend(sessionId, 'a', ['p'], { now: at(0) }), unkeyed: true });
    await gone.close();
    const next = await database.open();
    await next.sessions.appendMessages({
      ...anAppend(sessionId, 'a', ['q'], { now: at(11) }),
      unkeyed: true,
    });
    expect(await receipts(sessionId)).toBe(1);
    await next.close();
  });

  it('of writes with keys leaves 10,000 receipts: beyond them the oldest goes, and its key is a new one', async () => {
    const sessionId = await insert(plain(0, 'x'));
    const feedback = (key: string) => aFeedback(sessionId, 'up', { key, now: at(1) });
    await one.sessions.addFeedback(feedback('old'));
    const others = Object.fromEntries(
      Array.from({ length: 12_500 }, (_, index) => [
        index.toString(16).padStart(32, '0'),
        { body: '0'.repeat(32), at: new Date(at(2).getTime() + index) },
      ]),
    );
    const all = { ...(await raw(sessionId)).parley_receipts, ...others };
    await database.sessions.updateOne({ _id: sessionId }, { $set: { parley_receipts: all } });

    const next = await database.open();
    // An append first, then another write: both take old ones along.
    await next.sessions.appendMessages(anAppend(sessionId, 'a', ['p'], { key: 'young', now: at(5) }));
    expect(await receipts(sessionId)).toBe(10_502);
    await next.sessions.changeMetadata(setting(sessionId, { a: 1 }, { now: at(5) }));
    expect(await receipts(sessionId)).toBe(10_001);

    await next.sessions.appendMessages(anAppend(sessionId, 'a', ['p'], { key: 'young', now: at(5) }));
    expect(await readMessages(one.sessions, sessionId, 'a')).toHaveLength(2);
    await next.sessions.addFeedback(feedback('old'));
    expect((await raw(sessionId)).feedbacks).toHaveLength(2);
    await next.close();
  });

  it.skipIf(process.env.MONGODB_TEST_URI)(
    'guards the store’s own retries where the answer is lost',
    async () => {
      const sessionId = await insert(plain(0, 'x'));
      const appends = ['p', 'q', 'r'].map((text, index) => ({
        ...anAppend(sessionId, 'a', [text]),
        ...(index === 1 ? {} : { unkeyed: true }),
      }));
      database.server.standIn?.fail({ command: 'update', closeConnection: true, afterApply: true }, 2);
      const stored = await Promise.all(appends.map((append) => one.sessions.appendMessages(append)));
      expect(stored.flat().map(({ position }) => position)).toEqual([1, 2, 3]);
      expect((await readMessages(one.sessions, sessionId, 'a')).map(textOf)).toEqual(['x', 'p', 'q', 'r']);
    },
  );

  it('leaves what Python has no place for beside the messages', async () => {
    const sessionId = await insert(plain(0, 'x'));
    const early = { content: [{ text: 'early' }], createdAt: at(-999_999), clientId: 'c', trackingId: 't' };
    await one.sessions.appendMessages(anAppend(sessionId, 'a', [early, 'now'], { now: at(5) }));
    const { messages, agent_data, parley_messages } = (await raw(sessionId)).agents.a;
    expect(Object.keys(messages[1])).toEqual(Object.keys(messages[2]));
    expect(messages[1].message).toMatchObject({ tracking_id: 't' });
    expect(messages[1].created_at >= messages[0].created_at).toBe(true);
    expect(parley_messages).toEqual([{ at: 1, client_id: 'c', created_at: at(-999_999) }]);
    expect(Object.keys(agent_data)).toEqual(Object.keys(pythonAgent('a').agent_data));
  });
});
