import { BSON, BSONRegExp } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  HistoryLost,
  type LiveBatch,
  type SessionStore,
} from '../../../src/domain/sessions/session-store.js';
import { brief, follow } from '../contract/feed.js';
import { anAppend, aSession } from '../contract/inputs.js';
import { later, pythonAgent, pythonAppend, pythonMessage, pythonSession } from './python-documents.js';
import { startTestDatabase, type TestDatabase } from './server.js';

const DIALECTS = process.env.MONGODB_TEST_URI ? (['4.4'] as const) : (['4.4', '5.0', '8.0'] as const);

describe.each(DIALECTS)('the feed of other programs’ writes, in the dialect of %s', (dialect) => {
  let database: TestDatabase;
  let store: SessionStore;
  let serial = 0;

  beforeAll(async () => {
    database = await startTestDatabase({ dialect });
    store = (await database.open()).sessions;
  });
  afterAll(() => database.drop());

  const insert = async (more: Record<string, unknown> = {}) => {
    const sessionId = `${dialect}-${++serial}`;
    await database.sessions.insertOne(pythonSession(sessionId, more));
    return sessionId;
  };
  const update = (sessionId: string, change: object) =>
    database.sessions.updateOne({ _id: sessionId }, change);
  /** What `write` is told as, to a reader that saw the session made or, `after`, came later. */
  const told = async (
    write: (sessionId: string) => Promise<unknown>,
    { agents = {}, seen = true }: { agents?: object; seen?: boolean } = {},
  ) => {
    const early = seen ? await follow(store) : null;
    const sessionId = await insert({ agents });
    const feed = early ?? (await follow(store));
    const before = (await feed.of(sessionId)).length;
    await write(sessionId);
    return (await feed.of(sessionId)).slice(before).map(brief);
  };
  const withTwo = { a: pythonAgent('a', [pythonMessage(0, '0'), pythonMessage(1, '1')]) };

  it('tells a turn of four messages as four, in order, whether the session was seen or not', async () => {
    const turn = [2, 3, 4, 5].map((index) => pythonMessage(index, `${index}`));
    const write = (sessionId: string) => update(sessionId, pythonAppend('a', turn, later(1)));
    const four = [2, 3, 4, 5].map((index) => `message-added a ${index}`);
    expect(await told(write, { agents: withTwo })).toEqual(four);
    expect(await told(write, { agents: withTwo, seen: false })).toEqual(four);
  });

  it('tells the first turn of an agent, whether the agent was seen or not', async () => {
    const turn = [0, 1].map((index) => pythonMessage(index, `${index}`));
    const write = (sessionId: string) => update(sessionId, pythonAppend('a', turn, later(1)));
    const two = ['message-added a 0', 'message-added a 1'];
    expect(await told(write, { agents: { a: pythonAgent('a') } })).toEqual(two);
    expect(await told(write, { agents: { a: pythonAgent('a') }, seen: false })).toEqual(two);
  });

  it('tells messages with values that JavaScript does not know, which are read and followed by others', async () => {
    const odd = {
      content: [{ pattern: new BSONRegExp('a[', 'i'), link: { $ref: 'a.b', $id: 'x' } }],
      role: 'user',
    };
    let sessionId = '';
    const write = async (id: string) => {
      sessionId = id;
      await update(id, pythonAppend('a', [pythonMessage(2, '', { message: odd })], later(1)));
      await store.appendMessages(anAppend(id, 'a', ['three']));
    };
    expect(await told(write, { agents: withTwo })).toEqual(['message-added a 2', 'message-added a 3']);
    const [message] = await store.loadMessages([{ sessionId, agentId: 'a', position: 2 }]);
    expect(message?.content).toEqual([{ pattern: '/a[/i', link: { $ref: 'a.b', $id: 'x' } }]);
  });

  it('tells what leaves updated_at alone, once', async () => {
    expect(await told((id) => update(id, { $set: { 'metadata.topic.name': 'x' } }))).toEqual([
      'metadata-changed',
    ]);
    const metrics = { $set: { 'agents.a.messages.1.event_loop_metrics': { cycle_metrics: {} } } };
    expect(await told((id) => update(id, metrics), { agents: withTwo })).toEqual(['message-updated a 1']);
    const config = { $set: { 'agents.a.agent_data.prompt_metadata': { prompt_id: 'p' } } };
    expect(await told((id) => update(id, config), { agents: withTwo })).toEqual(['agent-updated a']);
  });

  it('tells of an agent that is made anew, and of its first message after that', async () => {
    const write = async (sessionId: string) => {
      await update(sessionId, { $set: { 'agents.a': pythonAgent('a'), updated_at: later(1) } });
      await update(sessionId, pythonAppend('a', [pythonMessage(0, 'again')], later(2)));
    };
    const anew = ['agent-rewritten a', 'agent-updated a', 'message-added a 0'];
    expect(await told(write, { agents: withTwo })).toEqual(anew);
    expect(await told(write, { agents: withTwo, seen: false })).toEqual(anew);
  });

  it('tells of a new agent of a session that it saw made', async () => {
    const write = (sessionId: string) => update(sessionId, { $set: { 'agents.b': pythonAgent('b') } });
    expect(await told(write, { agents: withTwo })).toEqual(['agent-updated b']);
  });

  it('knows the agents of a session still, where it goes on after its stream has ended', async () => {
    const first = await follow(store);
    const sessionId = await insert({ agents: withTwo });
    await first.of(sessionId);
    first.abort();
    while (!(await first.next()).done);
    const second = await follow(store, first.batches.at(-1) ?? null);
    await update(sessionId, { $set: { 'agents.b': pythonAgent('b') } });
    await update(sessionId, pythonAppend('b', [pythonMessage(0, '0')], later(1)));
    expect((await second.of(sessionId)).map(brief)).toEqual(['agent-updated b', 'message-added b 0']);
  });

  it('tells a repeated message_id by its place', async () => {
    const twin = pythonMessage(1, 'twin', { storage_id: 'd'.repeat(32) });
    const write = (sessionId: string) => update(sessionId, pythonAppend('a', [twin], later(1)));
    expect(await told(write, { agents: withTwo })).toEqual(['message-added a 2']);
  });

  it('tells of a list that was trimmed or sorted that it was written anew', async () => {
    const trimmed = { $push: { 'agents.a.messages': { $each: [pythonMessage(2, '2')], $slice: -2 } } };
    const shapes = await told((id) => update(id, trimmed), { agents: withTwo });
    expect(shapes).toContain('agent-rewritten a');
  });

  it('tells of a pipeline update what it added, whichever shape the server gives it', async () => {
    const push = { $concatArrays: ['$agents.a.messages', [{ $literal: pythonMessage(2, '2') }]] };
    const shapes = await told((id) => update(id, [{ $set: { 'agents.a.messages': push } }] as never), {
      agents: withTwo,
    });
    expect(shapes).toContain('message-added a 2');
    expect(shapes).not.toContain('agent-rewritten a');
  });

  it('says that the history is lost where the collection is dropped or renamed, and goes on after it', async () => {
    for (const end of ['drop', 'rename'] as const) {
      const feed = await follow(store);
      const sessionId = await insert();
      await feed.until((change) => change.sessionId === sessionId);
      const lost = (async () => {
        while (!(await feed.next()).done);
      })();
      if (end === 'drop') await database.sessions.drop();
      else await database.sessions.rename(`gone_${dialect.replace('.', '_')}`);
      await expect(lost).rejects.toBeInstanceOf(HistoryLost);
      const again = await follow(store);
      await store.createSession(aSession(`${sessionId}-again`));
      expect((await again.of(`${sessionId}-again`)).map(brief)).toEqual(['session-created']);
    }
  });

  it('reads a history across many sessions for one of them alone', async () => {
    const feed = await follow(store);
    const ids = await Promise.all(Array.from({ length: 20 }, () => insert({ agents: withTwo })));
    const wanted = ids[7] as string;
    await store.appendMessages(anAppend(wanted, 'a', ['2']));
    const until = (await feed.of(wanted)).at(-1)?.position ?? '';
    const commands = database.server.standIn?.commands.length ?? 0;
    const page = await store.history({ sessionId: wanted, after: feed.start, until, limit: 50 });
    expect(page).toMatchObject({ done: true });
    expect(page.changes.map(brief)).toEqual([
      'session-created',
      'agent-updated a',
      'message-added a 0',
      'message-added a 1',
      'message-added a 2',
    ]);
    const shipped =
      database.server.standIn?.commands.slice(commands).reduce((sum, { bytesOut }) => sum + bytesOut, 0) ?? 0;
    expect(shipped).toBeLessThan(20_000);
  });
});

it('a feed that comes back takes what was written meanwhile some at a time, and misses nothing of it', async () => {
  const database = await startTestDatabase();
  const { sessions } = await database.open();
  const feed = await follow(sessions);
  const numbers = Array.from({ length: 1_201 }, (_, index) => index);
  await database.sessions.insertMany(numbers.map((index) => pythonSession(`s${index}`)));
  const from = database.server.standIn?.commands.length ?? 0;
  await feed.until((change) => change.sessionId === 's1200');
  expect(feed.seen.map(({ sessionId }) => sessionId)).toEqual(numbers.map((index) => `s${index}`));
  const answers = database.server.standIn?.commands.slice(from).map(({ bytesOut }) => bytesOut) ?? [];
  const event = BSON.calculateObjectSize(pythonSession('s1200')) + 1_000;
  for (const bytes of answers) expect(bytes).toBeLessThan(500 * event);
  await database.drop();
});

it('hands on very many changes of one event some at a time, each with the position to go on from', async () => {
  const database = await startTestDatabase();
  const { sessions } = await database.open();
  const ending = new AbortController();
  const open = (after: string | null) =>
    sessions.changes({ after, signal: ending.signal })[Symbol.asyncIterator]();
  const feed = open(null);
  await feed.next();
  const turn = Array.from({ length: 1_201 }, (_, index) => pythonMessage(index, 'x'));
  await database.sessions.insertOne(pythonSession('s', { agents: { a: pythonAgent('a', turn) } }));
  const batches: LiveBatch[] = [];
  while (batches.reduce((sum, { changes }) => sum + changes.length, 0) < 1_203) {
    batches.push((await feed.next()).value as LiveBatch);
  }
  const told = batches.flatMap(({ changes }) => changes);
  expect(told.map(({ kind }) => kind)).toEqual([
    'session-created',
    'agent-updated',
    ...turn.map(() => 'message-added'),
  ]);
  for (const { changes, position } of batches) {
    expect(changes.length).toBeLessThanOrEqual(500);
    const last = changes.at(-1)?.position;
    if (last !== undefined) expect(last <= position).toBe(true);
  }
  const [first] = batches.filter(({ changes }) => changes.length > 0) as [LiveBatch];
  const again = open(first.position);
  let next: LiveBatch['changes'][number] | undefined;
  while (!next) next = ((await again.next()).value as LiveBatch).changes[0];
  expect(next.position).toBe(told[first.changes.length]?.position);
  ending.abort();
  await database.drop();
});

describe.skipIf(process.env.MONGODB_TEST_URI)('a feed whose history is gone', () => {
  it('is told so at once when it is opened from a lost position, and in the history', async () => {
    const database = await startTestDatabase();
    const { sessions } = await database.open();
    const feed = await follow(sessions);
    await sessions.createSession(aSession('before'));
    const until = (await feed.of('before')).at(-1)?.position ?? '';
    database.server.standIn?.loseOplog();
    await sessions.createSession(aSession('after'));
    await expect(follow(sessions, feed.start)).rejects.toBeInstanceOf(HistoryLost);
    const history = sessions.history({ sessionId: null, after: feed.start, until, limit: 10 });
    await expect(history).rejects.toBeInstanceOf(HistoryLost);
    await database.drop();
  });

  it.each([
    [280, 'ChangeStreamFatalError'],
    [136, 'CappedPositionLost'],
    [286, 'ChangeStreamHistoryLost'],
    [10334, 'BSONObjectTooLarge'],
  ])('is told so when an open stream ends with %i %s', async (code, codeName) => {
    const database = await startTestDatabase();
    const { sessions } = await database.open();
    const feed = await follow(sessions);
    database.server.standIn?.failOnce({ command: 'getMore', code, codeName, appName: 'parley-feed' });
    const lost = (async () => {
      while (!(await feed.next()).done);
    })();
    await expect(lost).rejects.toBeInstanceOf(HistoryLost);
    await database.drop();
  });
});
