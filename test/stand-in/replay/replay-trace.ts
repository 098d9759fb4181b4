import type { Doc, Value } from '../../support/mongo-stand-in/bson/values.js';
import { at, doc, type Int32, Long, Timestamp } from '../../support/mongo-stand-in/bson/values.js';
import type { MongoStandIn } from '../../support/mongo-stand-in/start.js';
import { type Bindings, createBindings } from './bindings.js';
import { normalise } from './normalise.js';
import { openRawClient, type RawClient } from './raw-client.js';
import type { Node, NodeMap } from './tree.js';

const DATABASE = 'parley';
const COLLECTION = 'sessions';
const FENCE_DATABASE = 'parley_fence';
const MAJORITY: Value = new Map([['w', 'majority']]);
const AWAIT_MS = 100;

/** What the recorder did besides the steps that it wrote down. */
export interface Stage {
  server: MongoStandIn;
  send(command: Record<string, unknown>, database?: string): Promise<Doc>;
}

export interface ReplayOptions {
  /** Called before every step. */
  before?: (step: NodeMap, stage: Stage) => Promise<void> | void;
  /** Called after the last step. */
  after?: (stage: Stage) => Promise<unknown>;
  /** Which host a step goes to; the first unless it says otherwise. */
  hostOf?: (about: string) => string | undefined;
  madeTokens?: ReadonlyMap<number, (token: Bindings['token']) => string>;
}

/** The recording as this server gives it: same steps, same streams, normalised. */
export async function replayTrace(
  recorded: NodeMap,
  server: MongoStandIn,
  options: ReplayOptions = {},
): Promise<Node> {
  const [first] = server.hosts as [string];
  const clients = new Map<string, RawClient>();
  const streams: RawClient[] = [];
  const bindings = createBindings(options.madeTokens ?? new Map());
  const clientOf = async (host: string): Promise<RawClient> => {
    const client = clients.get(host) ?? (await openRawClient(host));
    clients.set(host, client);
    return client;
  };
  const send: Stage['send'] = async (command, database = DATABASE) =>
    (await (await clientOf(first)).run(doc({ ...command, $db: database }))) ?? new Map();

  try {
    await send({ create: COLLECTION });
    const before = bindings.resolve(recorded.get('before') as Node) as Doc[];
    for (const document of before)
      await send({ insert: COLLECTION, documents: [document], writeConcern: MAJORITY });
    const opened: (() => Promise<NodeMap>)[] = [];
    if (recorded.has('events'))
      opened.push(
        await openStream(
          new Map<string, Node>([
            ['options', new Map()],
            ['pipeline', []],
          ]),
        ),
      );
    for (const stream of (recorded.get('streams') ?? []) as NodeMap[]) opened.push(await openStream(stream));

    const steps: NodeMap[] = [];
    for (const step of recorded.get('steps') as NodeMap[]) {
      await options.before?.(step, { server, send });
      steps.push(await runStep(step));
    }
    await options.after?.({ server, send });
    const documents = await allDocuments();
    const fence = await send(
      { insert: 'fence', documents: [new Map()], writeConcern: MAJORITY },
      FENCE_DATABASE,
    );
    const until = fence.get('operationTime') as Timestamp | undefined;
    const results: NodeMap[] = [];
    for (const read of opened) results.push(await readToEnd(read, until));

    const [main, ...others] = results;
    const streamsSeen = ((recorded.get('streams') ?? []) as NodeMap[]).map(
      (stream, index): Node =>
        new Map<string, Node>([
          ['about', stream.get('about') as Node],
          ['options', stream.get('options') as Node],
          ['pipeline', stream.get('pipeline') as Node],
          ...(others[index] as NodeMap),
        ]),
    );
    return normalise(
      new Map<string, Node>([
        ...['name', 'about', 'server', 'topology'].map((key): [string, Node] => [
          key,
          recorded.get(key) as Node,
        ]),
        ['before', before],
        ['steps', steps],
        ...(main ?? new Map()),
        ...(streamsSeen.length ? ([['streams', streamsSeen]] as [string, Node][]) : []),
        ['documents', documents],
      ]),
    );
  } finally {
    for (const client of [...clients.values(), ...streams]) client.close();
  }

  async function runStep(step: NodeMap): Promise<NodeMap> {
    const about = String(step.get('about'));
    const host = options.hostOf?.(about) ?? first;
    const command = bindings.resolve(step.get('command') as Node) as Doc;
    const reply = await (await clientOf(host)).run(command);
    if (!reply) clients.delete(host);
    const received: NodeMap = reply ?? new Map([['$connection', 'closed']]);
    bindings.learn(step.get('reply') as Node, received);
    return new Map<string, Node>([
      ['about', about],
      ['command', command],
      ['reply', received],
    ]);
  }

  async function openStream(stream: NodeMap): Promise<() => Promise<NodeMap>> {
    const client = await openRawClient(first);
    streams.push(client);
    const pipeline = [
      new Map([['$changeStream', stream.get('options')]]),
      ...(stream.get('pipeline') as Node[]),
    ];
    const reply = await client.run(
      doc({ aggregate: COLLECTION, pipeline, cursor: new Map(), $db: DATABASE }),
    );
    const id = at(reply, 'cursor.id');
    return async () =>
      (await client.run(
        doc({ getMore: id, collection: COLLECTION, maxTimeMS: AWAIT_MS, $db: DATABASE }),
      )) as NodeMap;
  }

  async function allDocuments(): Promise<Node[]> {
    const found: Node[] = [];
    let reply = await send({ find: COLLECTION, filter: new Map() });
    for (let batch = 'firstBatch'; ; batch = 'nextBatch') {
      found.push(...((at(reply, `cursor.${batch}`) ?? []) as Node[]));
      const id = at(reply, 'cursor.id') as Long;
      if (id.isZero()) return found;
      reply = await send({ getMore: id, collection: COLLECTION });
    }
  }
}

/** Every event up to the time: a token begins with the time up to which the server has looked. */
async function readToEnd(read: () => Promise<NodeMap>, until: Timestamp | undefined): Promise<NodeMap> {
  const events: Node[] = [];
  const ended: [string, Node][] = [];
  for (let seen = Timestamp.fromBits(0, 0); until && seen.lessThan(until); ) {
    const reply = (await read()) as Doc;
    if (Number((reply.get('ok') as Int32).value) === 0) {
      ended.push(['streamError', reply]);
      break;
    }
    events.push(...(at(reply, 'cursor.nextBatch') as Node[]));
    const data = String(at(reply, 'cursor.postBatchResumeToken._data'));
    seen = new Timestamp(
      new Long(Number.parseInt(data.slice(10, 18), 16), Number.parseInt(data.slice(2, 10), 16), true),
    );
    if ((at(reply, 'cursor.id') as Long).isZero()) {
      ended.push(['streamClosed', true]);
      break;
    }
  }
  return new Map<string, Node>([['events', events], ...ended]);
}
