import { type ChangeStream, type Document, MongoClient } from 'mongodb';
import { describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.js';
import { doc } from '../support/mongo-stand-in/bson/values.js';
import { type MongoStandIn, startMongoStandIn } from '../support/mongo-stand-in/start.js';
import { normalise } from './replay/normalise.js';
import { readTrace } from './replay/read-trace.js';
import { type Node, type NodeMap, textOf } from './replay/tree.js';

type Failing = [about: string, data: Document, times: number, opening?: boolean];

/** What befell the driver in each recorded case: the fail point, how often, and whether it was there from the start. */
const FAILURES: Failing[] = [
  ['getMore: connection closed once', { failCommands: ['getMore'], closeConnection: true }, 1],
  [
    'getMore and the aggregate that resumes: connection closed',
    { failCommands: ['getMore', 'aggregate'], closeConnection: true },
    2,
  ],
  [
    'getMore and every aggregate after it: connection closed',
    { failCommands: ['getMore', 'aggregate'], closeConnection: true },
    4,
  ],
  ...[43, 6, 50, 91, 189, 237, 262, 280, 286, 10107, 11600, 11602, 13436, 8000].map(
    (errorCode): Failing => [
      `getMore: code ${errorCode}, no label`,
      { failCommands: ['getMore'], errorCode },
      1,
    ],
  ),
  [
    'getMore: code 10107 labelled resumable',
    { failCommands: ['getMore'], errorCode: 10107, errorLabels: ['ResumableChangeStreamError'] },
    1,
  ],
  [
    'getMore: code 280 labelled resumable',
    { failCommands: ['getMore'], errorCode: 280, errorLabels: ['ResumableChangeStreamError'] },
    1,
  ],
  [
    'getMore: code 286 labelled not resumable',
    { failCommands: ['getMore'], errorCode: 286, errorLabels: ['NonResumableChangeStreamError'] },
    1,
  ],
  [
    'getMore labelled resumable, then aggregate: code 286',
    { failCommands: ['getMore', 'aggregate'], errorCode: 286, errorLabels: ['ResumableChangeStreamError'] },
    2,
  ],
  ['first aggregate: connection closed', { failCommands: ['aggregate'], closeConnection: true }, 1, true],
  [
    'first aggregate twice: connection closed',
    { failCommands: ['aggregate'], closeConnection: true },
    2,
    true,
  ],
  ['first aggregate: code 40573', { failCommands: ['aggregate'], errorCode: 40573 }, 1, true],
];
const RELEVANT = new Set(['aggregate', 'getMore', 'killCursors']);

interface Outcome {
  seen: unknown[];
  closeEvents: number;
  error?: Error & { code?: number; codeName?: string; errorLabels?: string[]; errorLabelSet?: Set<string> };
}

/** `for await`, the 'change' event, and the Node stream that `stream()` gives. */
const READERS: Record<string, (stream: ChangeStream, outcome: Outcome) => void> = {
  iterator: (stream, outcome) => void iterate(stream, outcome),
  events: listen,
  stream: (stream, outcome) => void iterate(stream.stream(), outcome),
};

async function iterate(stream: AsyncIterable<Document>, outcome: Outcome): Promise<void> {
  try {
    for await (const event of stream) outcome.seen.push(event.updateDescription?.updatedFields.k);
  } catch (error) {
    outcome.error = error as Error;
  }
}

function listen(stream: ChangeStream, outcome: Outcome): void {
  stream.on('change', (event) => outcome.seen.push((event as Document).updateDescription?.updatedFields.k));
  stream.on('error', (error) => {
    outcome.error = error;
  });
  stream.on('close', () => {
    outcome.closeEvents += 1;
  });
}

/** One case, told in the fields of the recording. */
async function failOnce(
  server: MongoStandIn,
  admin: MongoClient,
  api: string,
  [about, data, times, opening]: Failing,
): Promise<Node> {
  const client = new MongoClient(server.uri, {
    monitorCommands: true,
    appName: 'watched',
    serverSelectionTimeoutMS: 2000,
  });
  const commands = sentBy(client);
  const sessions = admin.db('parley').collection<{ _id: string }>('sessions');
  const write = (k: number) =>
    sessions.updateOne({ _id: 's1' }, { $set: { k } }, { writeConcern: { w: 'majority' } });
  const fail = () =>
    admin
      .db('admin')
      .command({ configureFailPoint: 'failCommand', mode: { times }, data: { appName: 'watched', ...data } });

  await sessions.insertOne({ _id: 's1' });
  if (opening) await fail();
  const stream = client.db('parley').collection('sessions').watch([], { maxAwaitTimeMS: 100 });
  const outcome: Outcome = { seen: [], closeEvents: 0 };
  READERS[api]?.(stream, outcome);
  if (opening) await until(() => outcome.error !== undefined || commands.at(-1) === 'getMore');
  else {
    await until(() => commands.includes('getMore'));
    await write(1);
    await until(() => outcome.seen.length === 1);
    await fail();
    await until(() => commands.some((name) => name.includes('failed')));
  }
  await write(2);
  await until(() => outcome.seen.at(-1) === 2 || outcome.error !== undefined);
  const sent = commands.filter(
    (name, index) => name !== 'killCursors' && (name !== 'getMore' || commands[index - 1] !== 'getMore'),
  );
  const { closed } = stream;
  const { closeEvents, error } = outcome;
  const seen = [...outcome.seen];
  await stream.close().catch(() => {});
  await client.close();
  return new Map<string, Node>([
    ['about', about],
    ['api', api],
    ['commands', sent],
    ['delivered', seen.map((k) => `k = ${k}`)],
    ['resumedByDriver', seen.at(-1) === 2],
    ...(api === 'events' ? ([['closeEvents', closeEvents]] as [string, Node][]) : []),
    ...(error ? ([['error', described(error)]] as [string, Node][]) : []),
    ['streamClosed', closed],
  ]);
}

const until = (holds: () => boolean) => eventually(() => expect(holds()).toBe(true));

/** The commands of streams in the order in which the driver sent them, and how they failed. */
function sentBy(client: MongoClient): string[] {
  const commands: string[] = [];
  client.on('commandStarted', ({ commandName, command }) => {
    if (!RELEVANT.has(commandName)) return;
    const options = Object.keys(command.pipeline?.[0].$changeStream ?? {});
    commands.push(options.length ? `aggregate with ${options}` : commandName);
  });
  client.on('commandFailed', ({ commandName, failure }) => {
    if (RELEVANT.has(commandName))
      commands.push(`${commandName} failed: ${(failure as Outcome['error'])?.code ?? failure.name}`);
  });
  return commands;
}

const described = ({
  name,
  code,
  codeName,
  message,
  errorLabels,
  errorLabelSet,
}: NonNullable<Outcome['error']>): NodeMap =>
  doc({ name, code, codeName, message, labels: errorLabels ?? [...(errorLabelSet ?? [])] });

const recorded = readTrace('driver-failures').get('cases') as NodeMap[];

describe.concurrent('a change stream whose commands fail ends for the driver as with the recorded server', () => {
  for (const api of Object.keys(READERS))
    test.each(FAILURES)(`${api}: %s`, async (...failing) => {
      await using server = await startMongoStandIn();
      const admin = new MongoClient(server.uri);
      try {
        const expected = recorded.find((one) => one.get('about') === failing[0] && one.get('api') === api);
        expect(textOf(normalise(await failOnce(server, admin, api, failing)))).toBe(
          textOf(expected as NodeMap),
        );
      } finally {
        await admin.close();
      }
    });
});
