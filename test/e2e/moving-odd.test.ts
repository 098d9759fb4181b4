import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { expect, it, onTestFinished } from 'vitest';
import { pythonAgent, pythonMessage, pythonSession } from '../stores/mongo/python-documents.js';
import { folderPerTest } from '../support/folder-per-test.js';
import { startMongoStandIn } from '../support/mongo-stand-in/start.js';
import { startParley } from '../support/parley-process.js';

const folder = folderPerTest();

/** What other programs have left: nothing of it is to stop the move of everything else. */
const ODD = [
  pythonSession('lists', {
    agents: { a: pythonAgent('a', [null, 'text', 5, [], {}, pythonMessage(5, 'whole')] as never) },
  }),
  pythonSession('agents', {
    agents: { a: null, b: 'x', c: [], d: { ...pythonAgent('d'), messages: null }, '': pythonAgent('') },
  }),
  pythonSession('types', {
    session_type: 5,
    application_name: {},
    created_at: 'once',
    updated_at: null,
    metadata: 'x',
    feedbacks: [5, { rating: 'sideways', comment: {}, created_at: 5 }],
    guardrail_events: 'x',
    parley_receipts: { a: 5, b: { at: 'x' } },
  }),
  { _id: 'bare' },
  { _id: '' },
  pythonSession('whole', { agents: { a: pythonAgent('a', [pythonMessage(0, 'hello')]) } }),
];

it('a database with documents that other programs have damaged moves whole, and comes back the same', async () => {
  const standIn = await startMongoStandIn();
  onTestFinished(() => standIn.close());
  const client = await new MongoClient(standIn.uri).connect();
  await client
    .db('odd')
    .collection('sessions')
    .insertMany(ODD as never[]);
  await client.close();
  const run = (words: string[], env: Record<string, string>) =>
    startParley(words, { cwd: folder.path, env }).exited;
  const [odd, again] = ['odd', 'again'].map((name) => ({ MONGODB_URI: standIn.uri, MONGODB_DATABASE: name }));
  const file = { SQLITE_PATH: 'odd.db' };
  for (const [words, env] of [
    [['export', 'one.jsonl'], odd],
    [['import', 'one.jsonl'], file],
    [['import', 'one.jsonl'], file],
    [['export', 'two.jsonl'], file],
    [['import', 'two.jsonl'], again],
    [['export', 'three.jsonl'], again],
  ] as [string[], Record<string, string>][]) {
    expect(await run(words, env)).toMatchObject({ code: 0 });
  }
  const told = async (name: string) => {
    const lines = (await readFile(join(folder.path, name), 'utf8')).trim().split('\n');
    return lines
      .map((line) => JSON.parse(line))
      .flatMap(({ kind, sessionId, agentId, role, content }) =>
        kind === 'session' || kind === 'agent' || kind === 'message'
          ? [{ kind, sessionId, agentId, role, content }]
          : [],
      );
  };
  const one = await told('one.jsonl');
  expect(one.filter(({ kind }) => kind === 'session')).toHaveLength(ODD.length);
  expect(one.filter(({ kind }) => kind === 'message').map(({ role }) => role)).toEqual([
    ...[null, null, null, null, null],
    'assistant',
    'user',
  ]);
  const byId = (some: typeof one) => some.map((line) => JSON.stringify(line)).sort();
  expect(byId(await told('two.jsonl'))).toEqual(byId(one));
  expect(byId(await told('three.jsonl'))).toEqual(byId(one));
});
