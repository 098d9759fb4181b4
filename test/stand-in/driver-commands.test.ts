import { type Collection, type Document, MongoClient } from 'mongodb';
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.js';
import { startMongoStandIn } from '../support/mongo-stand-in/start.js';
import { agent, append, dateOf, key, session } from './replay/documents.js';
import { normalise } from './replay/normalise.js';
import { readTrace } from './replay/read-trace.js';
import { type Exchange, startTappingProxy } from './replay/tapping-proxy.js';
import { type Node, type NodeMap, textOf } from './replay/tree.js';

type Sessions = Collection<{ _id: string } & Document>;
type Call = [method: string, run: (sessions: Sessions, client: MongoClient) => Promise<unknown>];

const byId = { _id: 's1' };
const set = (k: number) => ({ $set: { k } });
const CALLS: Call[] = [
  ['insertOne', (sessions) => sessions.insertOne(session('s1', { a: agent('a') }))],
  ['updateOne', (sessions) => sessions.updateOne(byId, append(0))],
  [
    'updateOne, w: majority',
    (sessions) => sessions.updateOne(byId, append(1), { writeConcern: { w: 'majority' } }),
  ],
  [
    'updateOne with arrayFilters',
    (sessions) =>
      sessions.updateOne(
        byId,
        { $set: { 'agents.a.messages.$[m].redact_message': null, updated_at: dateOf(3) } },
        { arrayFilters: [{ 'm.storage_id': key(0) }] },
      ),
  ],
  [
    'updateOne with a pipeline and upsert',
    (sessions) => sessions.updateOne({ _id: 's2' }, [set(1)], { upsert: true }),
  ],
  ['updateMany: no txnNumber', (sessions) => sessions.updateMany({}, set(2))],
  [
    'findOneAndUpdate',
    (sessions) =>
      sessions.findOneAndUpdate(byId, append(2), { returnDocument: 'after', projection: { updated_at: 1 } }),
  ],
  ['findOne', (sessions) => sessions.findOne(byId, { projection: { updated_at: 1 } })],
  ['insertMany', (sessions) => sessions.insertMany([session('s3'), session('s4')])],
  [
    'find, sorted, in batches',
    (sessions) =>
      sessions
        .find(
          {},
          { projection: { _id: 1 }, sort: { updated_at: -1, _id: -1 }, batchSize: 2, maxTimeMS: 5000 },
        )
        .toArray(),
  ],
  [
    'a cursor closed early',
    async (sessions) => {
      const cursor = sessions.find({}, { batchSize: 1 });
      await cursor.next();
      await cursor.close();
    },
  ],
  [
    'aggregate',
    (sessions) =>
      sessions.aggregate([{ $match: byId }, { $project: { n: { $size: '$agents.a.messages' } } }]).toArray(),
  ],
  ['countDocuments', (sessions) => sessions.countDocuments({})],
  ['estimatedDocumentCount', (sessions) => sessions.estimatedDocumentCount()],
  [
    'bulkWrite',
    (sessions) =>
      sessions.bulkWrite([
        { updateOne: { filter: byId, update: set(3) } },
        { insertOne: { document: session('s5') } },
        { deleteOne: { filter: { _id: 's5' } } },
      ]),
  ],
  ['createIndex', (sessions) => sessions.createIndex({ updated_at: -1 })],
  ['command ping', (_, client) => client.db('parley').command({ ping: 1 })],
  [
    'watch: opened, one event, closed',
    async (sessions) => {
      const stream = sessions.watch([], { maxAwaitTimeMS: 100 });
      await stream.tryNext();
      await sessions.updateOne(byId, set(4), { writeConcern: { w: 'majority' } });
      await stream.next();
      await stream.close();
    },
  ],
  [
    'withTransaction',
    (sessions, client) =>
      client.withSession((inSession) =>
        inSession.withTransaction(async () => {
          await sessions.updateOne(byId, set(5), { session: inSession });
          await sessions.updateOne({ _id: 's2' }, set(5), { session: inSession });
        }),
      ),
  ],
  ['deleteOne', (sessions) => sessions.deleteOne({ _id: 's4' })],
];

const told = (exchanges: Exchange[], most = Number.POSITIVE_INFINITY): Node[] =>
  exchanges.map(
    ({ request, replies }) =>
      new Map<string, Node>([
        ['request', request],
        ['replies', replies.slice(0, most)],
      ]),
  );

const isDone = ({ request, replies }: Exchange): boolean => replies.length > 0 || request.has('flags');

test('driver and stand-in say to each other, message by message, what driver and recorded server said', async () => {
  await using server = await startMongoStandIn();
  const proxy = await startTappingProxy(server.hosts[0] as string);
  const client = new MongoClient(`mongodb://${proxy.address}/?replicaSet=rs0`, {
    maxPoolSize: 1,
    heartbeatFrequencyMS: 500,
    appName: 'parley',
  });
  const isMonitor = (list: Exchange[]) =>
    list.some(
      ({ request, replies }) => request.has('flags') && !request.has('sequence') && replies.length > 1,
    );
  const pool = () =>
    proxy.connections.find((list) =>
      list.some(({ request }) => (request.get('document') as NodeMap)?.has('drop')),
    ) as Exchange[];
  const methods: Node[] = [];
  const call = async (method: string, run: () => Promise<unknown>) => {
    const from = pool().length;
    await run();
    // endSessions goes out without being answered or waited for.
    await eventually(() => expect(pool().slice(from).filter(isDone)).not.toHaveLength(0));
    await eventually(() => expect(pool().every(isDone)).toBe(true));
    methods.push(
      new Map<string, Node>([
        ['method', method],
        ['exchanges', told(pool().slice(from))],
      ]),
    );
  };
  try {
    const sessions: Sessions = client.db('parley').collection('sessions');
    await sessions.drop().catch(() => {});
    for (const [method, run] of CALLS) await call(method, () => run(sessions, client));
    const monitor = () => proxy.connections.find(isMonitor);
    await eventually(() => expect(monitor()).toBeDefined());
    await call('close', () => client.close());

    const recorded = readTrace('driver-commands');
    const heard = new Map<string, Node>([
      ...['name', 'about', 'server', 'topology', 'driver'].map((field): [string, Node] => [
        field,
        recorded.get(field) as Node,
      ]),
      ['monitor', told(monitor()?.slice(0, 2) ?? [], 2)],
      ['pool', told(pool().slice(0, 1))],
      ['methods', methods],
    ]);
    expect(textOf(normalise(heard))).toBe(textOf(recorded));
  } finally {
    await client.close();
    proxy.close();
  }
});
