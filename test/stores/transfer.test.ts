import { Binary, Decimal128, Double, Long, ObjectId } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shown } from '../../src/domain/json/portable-json.js';
import { listOfMarks, NO_MARKS } from '../../src/domain/sessions/marks.js';
import type {
  TransferMessage,
  TransferPart,
  TransferRecord,
  UnreadMessages,
} from '../../src/domain/sessions/transfer.js';
import type { OpenedStore } from '../../src/stores/open-store.js';
import { essence, follow } from './contract/feed.js';
import {
  aFeedback,
  anAgent,
  anAppend,
  aRedaction,
  aSession,
  at,
  setting,
  someMetrics,
} from './contract/inputs.js';
import { everyReadOf, readMessages } from './contract/reads.js';
import { openTestDatabase, startTestServer, type TestDatabase, type TestServer } from './mongo/server.js';
import { useFile } from './sqlite/stage.js';

let server: TestServer;
const databases: TestDatabase[] = [];
const files: Awaited<ReturnType<typeof useFile>>[] = [];

beforeAll(async () => {
  server = await startTestServer({ dialect: '8.0' });
});
afterAll(async () => {
  await Promise.all([...databases.map((one) => one.drop()), ...files.map((one) => one.remove())]);
  await server.close();
});

async function sqlite(): Promise<OpenedStore> {
  const file = await useFile();
  files.push(file);
  return file.open();
}
async function mongodb(): Promise<OpenedStore> {
  const database = await openTestDatabase(server);
  databases.push(database);
  return database.open();
}

async function recordsOf(store: OpenedStore, sessionId: string): Promise<TransferRecord[]> {
  const records: TransferRecord[] = [];
  for await (const page of store.transfer.read(sessionId, { secrets: true })) records.push(...page);
  // As they are in a file.
  return JSON.parse(JSON.stringify(records));
}

function partOf(records: readonly TransferRecord[]): TransferPart {
  const [session, ...rest] = structuredClone(records);
  if (session?.kind !== 'session') throw new Error('a session comes first');
  const part: TransferPart = { session, continues: false, agents: [] };
  let messages: TransferMessage[] = [];
  for (const record of rest) {
    if (record.kind === 'agent') {
      messages = [];
      part.agents.push({ agent: record, messages: unread(messages), ends: true });
    } else if (record.kind === 'message') messages.push(record);
  }
  return part;
}

const unread = (messages: TransferMessage[]): UnreadMessages => ({
  get count() {
    return messages.length;
  },
  read: () => structuredClone(messages),
});

/** A session with one of everything. */
async function aFullSession({ sessions }: OpenedStore) {
  const sessionId = 'full';
  await sessions.createSession(aSession(sessionId));
  await sessions.changeMetadata(setting(sessionId, { user: { id: 'u', $ref: 'a.b', $id: 'x', level: 3.5 } }));
  await sessions.upsertAgent(
    anAgent(sessionId, 'a', { state: { n: 9_007_199_254_740_991, deep: [{ $x: 1 }] } }),
  );
  const append = anAppend(sessionId, 'a', [
    'one',
    { content: [{ text: 'two' }], clientId: 'c2', createdAt: at(-60), trackingId: 't2' },
    {
      role: 'assistant',
      content: [{ image: { format: 'png', source: { bytes: 'AAEC' } } }],
      metadata: { usage: { inputTokens: 3, outputTokens: 4, totalTokens: 7 } },
    },
    { content: [{ text: 'secret' }], supersedes: [{ from: 0, to: 1 }] },
  ]);
  await sessions.appendMessages(append);
  await sessions.redactMessage(aRedaction({ sessionId, agentId: 'a', position: 3 }, 'gone'));
  const feedback = aFeedback(sessionId, 'up', { comment: 'good', fields: { by: 'me' }, now: at(3) });
  await sessions.addFeedback(aFeedback(sessionId, 'down', { now: at(2) }));
  await sessions.addFeedback(feedback);
  return { sessionId, append, feedback };
}

describe.each([
  ['SQLite', 'MongoDB', sqlite, mongodb],
  ['MongoDB', 'SQLite', mongodb, sqlite],
  ['SQLite', 'SQLite', sqlite, sqlite],
  ['MongoDB', 'MongoDB', mongodb, mongodb],
])('what moves from %s to %s', (_from, _to, openFrom, openTo) => {
  let from: OpenedStore;
  let to: OpenedStore;
  let full: Awaited<ReturnType<typeof aFullSession>>;
  let sessionId = '';
  let records: TransferRecord[] = [];
  beforeAll(async () => {
    [from, to] = await Promise.all([openFrom(), openTo()]);
    full = await aFullSession(from);
    sessionId = full.sessionId;
    records = await recordsOf(from, sessionId);
  });

  it('stands there as it did here', async () => {
    const id = 'taken out';
    const said = ['one', 'two', { content: [], supersedes: [{ from: 0, to: 0 }] }, 'three'];
    await from.sessions.appendMessages(anAppend(id, 'a', said, { createIfMissing: {} }));
    await to.transfer.write([partOf(await recordsOf(from, id))], at(100));
    const requests = [{ sessionId: id, among: 'all' as const }];
    const marks = await to.sessions.loadSuperseding(requests);
    expect(marks).toEqual(await from.sessions.loadSuperseding(requests));
    expect(listOfMarks(marks[0]?.[0]?.marks ?? NO_MARKS)).toEqual([
      {
        position: 2,
        ranges: [
          [0, 0],
          [2, 2],
        ],
      },
    ]);
  });

  it('has its agents in their order, whatever they are called', async () => {
    const id = 'numbered';
    const names = ['10', 'b', '2', 'a', '1'];
    for (const name of names)
      await from.sessions.appendMessages(anAppend(id, name, [name], { createIfMissing: {} }));
    await to.transfer.write([partOf(await recordsOf(from, id))], at(100));
    const [agents] = await to.sessions.loadAgents([{ sessionId: id, among: 'all', windows: [] }]);
    expect(agents?.map(({ agent }) => agent.agentId)).toEqual(names);
  });

  it('is read there as it was here, and the followers there see it', async () => {
    const feed = await follow(to.sessions);
    const counts = await to.transfer.write([partOf(records)], at(100));
    expect(counts).toEqual({ sessions: 1, messages: 4, there: 0 });
    const without = (all: TransferRecord[]) =>
      all.map((record) => shown({ ...(record as object), receipts: [] } as never));
    expect(without(await recordsOf(to, sessionId))).toEqual(without(records));
    const messages = await readMessages(to.sessions, sessionId, 'a');
    expect(messages.map(({ clientId, trackingId, redacted }) => [clientId, trackingId, redacted])).toEqual([
      [null, null, false],
      ['c2', 't2', false],
      [null, null, false],
      [null, null, true],
    ]);
    expect(messages[1]?.createdAt).toEqual(at(-60));
    expect(await everyReadOf(to.sessions, sessionId)).not.toContain('secret');
    expect(await to.viewerPasswords.viewerPassword(sessionId)).toBe(
      await from.viewerPasswords.viewerPassword(sessionId),
    );
    expect(await to.sessions.loadUsage([{ sessionId }])).toEqual(
      await from.sessions.loadUsage([{ sessionId }]),
    );
    expect(messages[3]?.supersedes).toEqual([{ from: 0, to: 1 }]);
    const events = await feed.of(sessionId);
    expect(events.map(essence)).toMatchObject([
      { kind: 'session-created', sessionId },
      { kind: 'agent-updated', sessionId, agentId: 'a' },
      ...[0, 1, 2, 3].map((index) => ({ kind: 'message-added', sessionId, agentId: 'a', index })),
    ]);
  });

  it('is written once, whatever comes again, and a write with its key is known again', async () => {
    const before = await recordsOf(to, sessionId);
    expect(await to.transfer.write([partOf(records)], at(101))).toEqual({
      sessions: 0,
      messages: 0,
      there: 1,
    });
    expect(await recordsOf(to, sessionId)).toEqual(before);
    expect(await to.sessions.addFeedback(full.feedback)).toMatchObject({ comment: 'good', createdAt: at(3) });
    const [session] = await to.sessions.loadSessions([sessionId]);
    expect(session?.feedback.map(({ rating }) => rating)).toEqual(['down', 'up']);
    // A receipt of MongoDB does not hold the identities by which SQLite knows an append.
    if (from.engine === 'mongodb' && to.engine === 'sqlite') return;
    const again = await to.sessions.appendMessages(full.append);
    expect(again.map(({ position }) => position)).toEqual([0, 1, 2, 3]);
  });

  it('is kept as it came first, where it comes twice in one write', async () => {
    const twice = () => {
      const part = partOf(records);
      return { ...part, session: { ...part.session, sessionId: `${sessionId} twice` } };
    };
    const counts = await to.transfer.write([twice(), twice()], at(101));
    expect(counts).toEqual({ sessions: 1, messages: 4, there: 1 });
    const [, ...rest] = await recordsOf(to, `${sessionId} twice`);
    const messages = rest.filter(({ kind }) => kind === 'message');
    expect(messages).toHaveLength(4);
  });

  it('goes on: the next message has the next number', async () => {
    const [message] = await to.sessions.appendMessages(anAppend(sessionId, 'a', ['next'], { now: at(200) }));
    expect(message).toMatchObject({ messageId: 4, position: 4 });
  });
});

describe('a session that comes in pieces', () => {
  it('is on SQLite as one that came whole, its tokens too, and goes on where it stopped', async () => {
    const [from, to] = await Promise.all([sqlite(), sqlite()]);
    const { sessionId } = await aFullSession(from);
    const counter = (inputTokens: number) => ({ accumulated_usage: { inputTokens } });
    for (const position of [0, 2]) {
      const address = { sessionId, agentId: 'a', position };
      await from.sessions.recordMetrics(someMetrics(address, counter(10 * (position + 1))));
    }
    const whole = partOf(await recordsOf(from, sessionId));
    const [all] = whole.agents as [TransferPart['agents'][number]];
    const piece = (continues: boolean, from: number, to: number, ends: boolean): TransferPart => ({
      ...whole,
      continues,
      agents: [{ ...all, messages: unread(all.messages.read().slice(from, to)), ends }],
    });
    expect(await to.transfer.write([piece(false, 0, 2, false)], at(1))).toMatchObject({ messages: 2 });
    // A process that died here begins anew.
    const again = [piece(false, 0, 2, false), piece(true, 2, 4, false), piece(true, 4, 4, true)];
    expect(await to.transfer.write(again, at(2))).toMatchObject({ sessions: 0, messages: 2 });
    expect(await recordsOf(to, sessionId)).toEqual(await recordsOf(from, sessionId));
    expect(await to.sessions.loadUsage([{ sessionId }])).toEqual(
      await from.sessions.loadUsage([{ sessionId }]),
    );
    // A piece before this one was refused.
    await to.sessions.deleteSession(sessionId, at(3));
    await to.transfer.write([piece(false, 0, 1, false)], at(4));
    expect(await to.transfer.write([piece(true, 2, 4, true)], at(5))).toMatchObject({ messages: 0 });
    expect(await readMessages(to.sessions, sessionId, 'a')).toHaveLength(1);
    // Who deletes a session while its pieces come has deleted it.
    await to.sessions.deleteSession(sessionId, at(6));
    await to.transfer.write([piece(true, 1, 4, true)], at(7));
    expect(await to.sessions.loadSessions([sessionId])).toEqual([null]);
  });
});

describe('sessions that are written beside another process', () => {
  it('are on SQLite as those that nobody disturbed, in as many transactions as they take', async () => {
    const from = await sqlite();
    const file = await useFile();
    files.push(file);
    const [to, beside] = [await file.open(), await file.open()];
    const ids = ['s0', 's1', 's2', 's3'];
    const texts = Array.from({ length: 3 }, (_, n) => 'x'.repeat(100_000 + n));
    for (const id of ids)
      await from.sessions.appendMessages(anAppend(id, 'a', texts, { createIfMissing: {} }));
    const parts = await Promise.all(ids.map(async (id) => partOf(await recordsOf(from, id))));
    await beside.sessions.createSession(aSession('of the other'));
    // The second begins when all of the first is there.
    const written = await Promise.all([
      to.transfer.write(parts, at(1)),
      to.transfer.write(parts.slice(0, 2), at(2)),
      beside.sessions.createSession(aSession('meanwhile')),
    ]);
    expect(written.slice(0, 2)).toEqual([
      { sessions: 4, messages: 12, there: 0 },
      { sessions: 0, messages: 0, there: 2 },
    ]);
    for (const id of ids) expect(await recordsOf(to, id)).toEqual(await recordsOf(from, id));
  });

  it('are all written before the store closes', async () => {
    const from = await sqlite();
    const file = await useFile();
    files.push(file);
    const [to, beside] = [await file.open(), await file.open()];
    const texts = Array.from({ length: 3 }, () => 'x'.repeat(100_000));
    const ids = ['s0', 's1', 's2', 's3'];
    for (const id of ids)
      await from.sessions.appendMessages(anAppend(id, 'a', texts, { createIfMissing: {} }));
    const parts = await Promise.all(ids.map(async (id) => partOf(await recordsOf(from, id))));
    await beside.sessions.createSession(aSession('of the other'));
    const writing = Promise.all(parts.map((part) => to.transfer.write([part, part], at(1))));
    await to.close();
    expect(await writing).toEqual(parts.map(() => ({ sessions: 1, messages: 3, there: 1 })));
  });
});

describe('a session that is too large for a document', () => {
  it('is left by MongoDB with its name, and keeps nothing that came with it from being written', async () => {
    const [from, to] = await Promise.all([sqlite(), mongodb()]);
    for (const sessionId of ['small', 'large']) {
      await from.sessions.createSession(aSession(sessionId));
      for (let n = 0; n < (sessionId === 'large' ? 17 : 1); n++) {
        const text = String(n)
          .repeat(1024 * 1024)
          .slice(0, 1024 * 1024);
        const append = anAppend(sessionId, 'a', [text], { createIfMissing: 'agent', now: at(n) });
        await from.sessions.appendMessages(append);
      }
    }
    const [small, large] = await Promise.all(
      ['small', 'large'].map(async (id) => partOf(await recordsOf(from, id))),
    );
    expect(await to.transfer.write([large, small] as TransferPart[], at(1))).toEqual({
      sessions: 1,
      messages: 1,
      there: 0,
      left: [{ sessionId: 'large', why: expect.stringContaining('MongoDB stores at most 16777216') }],
    });
    expect(await to.transfer.write([large, small] as TransferPart[], at(2))).toMatchObject({
      sessions: 0,
      there: 1,
    });
  });
});

describe('a connection to MongoDB that breaks, or a write that is not confirmed', () => {
  const unconfirmed = { code: 64, codeName: 'WriteConcernTimeout', errmsg: 'waiting timed out' };

  it('is no success: what was not stored is written again, and what was is known', async ({ skip }) => {
    if (!server.standIn) return skip();
    const [from, to] = await Promise.all([sqlite(), mongodb()]);
    const { sessionId } = await aFullSession(from);
    const part = partOf(await recordsOf(from, sessionId));
    // The driver tries once more by itself.
    for (let n = 0; n < 2; n++) server.standIn.failOnce({ command: 'insert', closeConnection: true });
    expect(await to.transfer.write([part], at(1))).toEqual({ sessions: 1, messages: 4, there: 0 });
    expect(await recordsOf(to, sessionId)).toHaveLength(6);
    const other = partOf((await recordsOf(from, sessionId)).map((one) => ({ ...one, sessionId: 'other' })));
    server.standIn.failOnce({ command: 'insert', writeConcernError: unconfirmed });
    await expect(to.transfer.write([part, other], at(2))).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    });
    expect(await to.transfer.write([part, other], at(3))).toEqual({ sessions: 0, messages: 0, there: 2 });
  });
});

describe('types that JSON does not have', () => {
  it('keep them from MongoDB to MongoDB, and are shown alike by SQLite', async () => {
    const [from, to, other] = await Promise.all([mongodb(), mongodb(), sqlite()]);
    const stored = {
      long: Long.fromString('9223372036854775807'),
      small: Long.fromNumber(5),
      decimal: Decimal128.fromString('1.10'),
      double: new Double(1),
      date: new Date('2026-01-02T03:04:05.678Z'),
      bytes: new Binary(Buffer.from([0, 255])),
      id: new ObjectId('0123456789abcdef01234567'),
      reference: { $ref: 'a.b', $id: 'x', $db: 'y' },
      lookalike: { $numberLong: '5' },
    };
    const [source, target] = databases.slice(-2) as [TestDatabase, TestDatabase];
    await from.sessions.createSession(aSession('typed'));
    await source.sessions.updateOne(
      { _id: 'typed' },
      { $set: { metadata: new Map(Object.entries(stored)) } },
    );
    const records = await recordsOf(from, 'typed');
    await to.transfer.write([partOf(records)], at(1));
    await other.transfer.write([partOf(records)], at(1));
    const raw = (database: TestDatabase) =>
      database.sessions.findOne({ _id: 'typed' }, { raw: true, projection: { metadata: 1 } });
    expect(Buffer.from((await raw(target)) as never)).toEqual(Buffer.from((await raw(source)) as never));
    const [[here], [there]] = await Promise.all([
      from.sessions.loadSessions(['typed']),
      other.sessions.loadSessions(['typed']),
    ]);
    expect(there?.metadata).toEqual(here?.metadata);
  });
});
