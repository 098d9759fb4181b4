import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SessionStore } from '../../../src/domain/sessions/session-store.js';
import { anAgent, anAppend, aRedaction, at, setting } from '../contract/inputs.js';
import { readMessages, textOf } from '../contract/reads.js';
import { pythonAgent, pythonAppend, pythonMessage, pythonSession } from './python-documents.js';
import { startTestDatabase, type TestDatabase } from './server.js';

const createIfMissing = {};
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
const outcome = (append: Promise<unknown>) =>
  append.then(
    () => 'stored',
    (error: { code?: string }) => error.code,
  );

describe('appends to one agent', () => {
  let database: TestDatabase;
  let store: SessionStore;
  const logged: { sessionId?: string; bytes?: number; level: number }[] = [];

  beforeAll(async () => {
    database = await startTestDatabase();
    const log = pino({ level: 'warn' }, { write: (line: string) => void logged.push(JSON.parse(line)) });
    store = (await database.open({ log })).sessions;
  });
  afterAll(() => database.drop());

  const commandsDuring = async (name: string, work: () => Promise<unknown>) => {
    const before = database.server.standIn?.commands.length ?? 0;
    await work();
    return (database.server.standIn?.commands.slice(before) ?? []).filter((command) => command.name === name)
      .length;
  };
  const numbering = async (sessionId: string) =>
    (await readMessages(store, sessionId, 'a')).map(({ messageId }) => messageId);

  it('that come together are written together, in the order in which they came', async () => {
    const updates = await commandsDuring('update', () =>
      Promise.all(
        numbers(200).map((n) => store.appendMessages(anAppend('joined', 'a', [`${n}`], { createIfMissing }))),
      ),
    );
    expect((await readMessages(store, 'joined', 'a')).map(textOf)).toEqual(numbers(200).map(String));
    expect(await numbering('joined')).toEqual(numbers(200));
    expect(updates).toBeLessThanOrEqual(3);
  });

  it('that come one after the other cost one command each', async () => {
    await store.appendMessages(anAppend('single', 'a', ['first'], { createIfMissing }));
    const append = (n: number) => store.appendMessages(anAppend('single', 'a', [`${n}`]));
    await append(0);
    const work = async () => {
      for (const n of numbers(10)) await append(n);
    };
    expect(await commandsDuring('aggregate', work)).toBe(0);
  });

  it('fail alone where they are refused, among others that are stored', async () => {
    const dollar = { content: [{ toolUse: { toolUseId: 't', name: 'n', input: { $schema: 'x' } } }] };
    const tooLarge = 'x'.repeat(17_000_000);
    const said = numbers(9).map((n) => (n === 3 ? dollar : n === 6 ? tooLarge : `${n}`));
    await store.appendMessages(anAppend('culprit', 'a', ['zero'], { createIfMissing }));
    const outcomes = await Promise.all(
      said.map((one) => outcome(store.appendMessages(anAppend('culprit', 'a', [one])))),
    );
    const expected: (string | undefined)[] = numbers(9).map(() => 'stored');
    // Servers from 5.0 on store such keys.
    if (outcomes[3] !== 'stored') expected[3] = 'BAD_USER_INPUT';
    expected[6] = 'DOCUMENT_TOO_LARGE';
    expect(outcomes).toEqual(expected);
    expect(await numbering('culprit')).toEqual(
      numbers(expected.filter((one) => one === 'stored').length + 1),
    );
  });

  it('of two instances, a thousand messages each, are numbered without gap or repeat', async () => {
    const other = await database.open();
    const writers = [store, other.sessions];
    await store.appendMessages(anAppend('crowd', 'a', ['first'], { createIfMissing }));
    await Promise.all(
      writers.flatMap((writer, instance) =>
        numbers(10).map(async (lane) => {
          for (const n of numbers(100))
            await writer.appendMessages(anAppend('crowd', 'a', [`${instance}.${lane}.${n}`]));
        }),
      ),
    );
    const document = await database.sessions.findOne({ _id: 'crowd' });
    const messages: { message_id: number; message: { content: { text: string }[] } }[] =
      document.agents.a.messages;
    expect(messages.map(({ message_id }) => message_id)).toEqual(numbers(2001));
    expect(new Set(messages.map(({ message }) => message.content[0]?.text)).size).toBe(2001);
    // Each writer's own come in the order in which it wrote them.
    for (const lane of ['0.0.', '1.9.']) {
      const own = messages
        .map(({ message }) => message.content[0]?.text ?? '')
        .filter((text) => text.startsWith(lane));
      expect(own).toEqual(numbers(100).map((n) => `${lane}${n}`));
    }
    await other.close();
  });

  it('keep their numbers and order beside a Python writer that pushes as it likes', async () => {
    await database.sessions.insertOne(pythonSession('mixed', { agents: { a: pythonAgent('a') } }));
    const python = async () => {
      for (const n of numbers(20)) {
        const message = pythonMessage(n, `p${n}`, {
          storage_id: `${n}`.padStart(32, 'c'),
          created_at: at(n),
          updated_at: at(n),
        });
        await database.sessions.updateOne({ _id: 'mixed' }, pythonAppend('a', [message], at(n)));
      }
    };
    const parley = numbers(40).map((n) =>
      store.appendMessages(anAppend('mixed', 'a', [`${n}`], { now: at(n) })),
    );
    const [, ...appended] = await Promise.all([python(), ...parley]);
    const messages = await readMessages(store, 'mixed', 'a');
    expect(messages).toHaveLength(60);
    for (const [message] of appended)
      expect(messages[message?.position ?? -1]?.storageId).toBe(message?.storageId);
    const [last] = await store.appendMessages(anAppend('mixed', 'a', ['last']));
    expect(last?.messageId).toBe(Math.max(...messages.map(({ messageId }) => messageId ?? -1)) + 1);
  });

  it('that would pass 16 MB are refused with the size, and the document is as it was', async () => {
    const filler = [0, 1, 2].map((n) => pythonMessage(n, 'x'.repeat(5_000_000)));
    await database.sessions.insertOne(pythonSession('full', { agents: { a: pythonAgent('a', filler) } }));
    const refused = store.appendMessages(anAppend('full', 'a', ['y'.repeat(2_000_000)]));
    const error = await refused.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'DOCUMENT_TOO_LARGE', details: { maxBytes: 16_777_216 } });
    expect((error as { details: { bytes: number } }).details.bytes).toBeGreaterThan(17_000_000);
    expect(await numbering('full')).toEqual([0, 1, 2]);
    await store.appendMessages(anAppend('full', 'a', ['fits']));
    expect(await numbering('full')).toEqual([0, 1, 2, 3]);
    expect(logged.filter(({ sessionId }) => sessionId === 'full')).toMatchObject([
      { level: 40, maxBytes: 16_777_216 },
    ]);
  });

  it('leave room for redactions in a session that they have filled', async () => {
    const secrets = Array.from({ length: 20 }, () => 'secret');
    const filler = 'x'.repeat(16_000_000);
    await store.appendMessages(anAppend('filled', 'a', [...secrets, filler], { createIfMissing }));
    for (let size = 500_000; size > 0; ) {
      const filled = await outcome(store.appendMessages(anAppend('filled', 'a', ['y'.repeat(size)])));
      if (filled !== 'stored') size = Math.floor(size / 2);
    }
    for (const position of secrets.keys())
      await store.redactMessage(aRedaction({ sessionId: 'filled', agentId: 'a', position }, '[removed]'));
    const messages = await readMessages(store, 'filled', 'a');
    expect(messages.slice(0, 20).every(({ redacted }) => redacted)).toBe(true);
  });

  it('leave that room also where others have filled the session since its size was read', async () => {
    const other = await database.open();
    await store.appendMessages(anAppend('shared', 'a', ['secret'], { createIfMissing }));
    await store.appendMessages(anAppend('shared', 'a', ['secret']));
    const filler = 'x'.repeat(16_700_000);
    await other.sessions.appendMessages(anAppend('shared', 'b', [filler], { createIfMissing: 'agent' }));
    expect(await outcome(store.appendMessages(anAppend('shared', 'a', ['y'.repeat(30_000)])))).toBe(
      'DOCUMENT_TOO_LARGE',
    );
    expect(await outcome(store.appendMessages(anAppend('shared', 'a', ['fits'])))).toBe('stored');
    await other.close();
  });

  it('are refused by the server where another program filled the document unseen', async () => {
    await store.appendMessages(anAppend('unseen', 'a', ['0'], { createIfMissing }));
    await store.appendMessages(anAppend('unseen', 'a', ['1']));
    await database.sessions.updateOne(
      { _id: 'unseen' },
      { $set: { 'metadata.filler': 'x'.repeat(15_500_000) } },
    );
    const refused = store.appendMessages(anAppend('unseen', 'a', ['y'.repeat(2_000_000)]));
    expect(await outcome(refused)).toBe('DOCUMENT_TOO_LARGE');
    expect(await numbering('unseen')).toEqual([0, 1]);
  });

  it('have the limit of every other write', async () => {
    await database.sessions.insertOne(
      pythonSession('state', { metadata: { filler: 'x'.repeat(15_500_000) } }),
    );
    const state = { filler: 'y'.repeat(2_000_000) };
    expect(await outcome(store.upsertAgent(anAgent('state', 'a', { state })))).toBe('DOCUMENT_TOO_LARGE');
    expect(await outcome(store.changeMetadata(setting('state', { other: state })))).toBe(
      'DOCUMENT_TOO_LARGE',
    );
    expect(await outcome(store.changeMetadata(setting('state', { huge: 'z'.repeat(18_000_000) })))).toBe(
      'DOCUMENT_TOO_LARGE',
    );
  });
});

describe.skipIf(process.env.MONGODB_TEST_URI)('an append that no majority confirms', () => {
  it('is STORE_UNAVAILABLE, for each of those that were joined, and has one effect when it is repeated', async () => {
    const database = await startTestDatabase();
    const { sessions } = await database.open();
    await sessions.appendMessages(anAppend('s', 'a', ['first'], { createIfMissing }));
    const writeConcernError = {
      code: 64,
      codeName: 'WriteConcernFailed',
      errmsg: 'waiting for replication timed out',
    };
    database.server.standIn?.failOnce({ command: 'update', writeConcernError });
    const appends = numbers(3).map((n) => anAppend('s', 'a', [`${n}`]));
    const write = () => Promise.all(appends.map((append) => outcome(sessions.appendMessages(append))));
    expect(await write()).toEqual(Array(3).fill('STORE_UNAVAILABLE'));
    expect(await write()).toEqual(Array(3).fill('stored'));
    expect((await readMessages(sessions, 's', 'a')).map(textOf)).toEqual(['first', '0', '1', '2']);
    await database.drop();
  });
});

describe('an append that is repeated', () => {
  it('is answered only when a majority has what the first try left behind', async () => {
    const database = await startTestDatabase();
    const { sessions } = await database.open();
    const append = anAppend('s', 'a', ['x'], { createIfMissing });
    await sessions.appendMessages(append);
    const second = await database.open();
    const writeConcernError = {
      code: 64,
      codeName: 'WriteConcernFailed',
      errmsg: 'waiting for replication timed out',
    };
    database.server.standIn?.failOnce({ command: 'update', writeConcernError });
    if (database.server.standIn)
      expect(await outcome(second.sessions.appendMessages(append))).toBe('STORE_UNAVAILABLE');
    expect(await outcome(second.sessions.appendMessages(append))).toBe('stored');
    await database.drop();
  });
});
