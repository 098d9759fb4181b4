import { Binary, BSON, type Collection, type Filter, type MongoClient } from 'mongodb';
import { ParleyError, sessionNotFound } from '../../domain/errors.js';
import { type ReadBudget, unbounded } from '../../domain/read-budget.js';
import { type KeyRange, rangeOfPrefix } from '../../domain/sessions/prefix-range.js';
import { tooManySnapshots } from '../../domain/sessions/session-bounds.js';
import { rangesOfSession } from '../../domain/sessions/snapshot-key.js';
import type {
  KeyPage,
  NewSnapshot,
  SnapshotStore,
  StoredSnapshot,
} from '../../domain/sessions/snapshot-store.js';
import type { Doc } from './documents/bson-json.js';
import type { CallGate } from './driver/call-gate.js';
import {
  DURABLE,
  READ_LIMIT_MS,
  READING,
  SCAN_LIMIT_MS,
  type Sessions,
  WRITE_LIMIT_MS,
  WRITING,
} from './driver/collection.js';
import { isDuplicateKey, MAX_DOCUMENT_BYTES } from './driver/errors.js';
import type { PoolPlaces } from './driver/pool-places.js';
import { retrying } from './driver/retry.js';
import { readSized, sized, sizedValue } from './reads/sized-read.js';

interface SnapshotDoc {
  _id: string;
  data: Binary;
  written_at: Date;
}

export type Snapshots = Collection<SnapshotDoc>;

/** A collection of its own beside the sessions: `<collection>_snapshots`, the key as `_id`, one document for each. */
export const snapshotsOf = (client: MongoClient, database: string, collection: string): Snapshots =>
  client.db(database).collection<SnapshotDoc>(`${collection}_snapshots`, DURABLE);

export interface SnapshotStoreOptions {
  snapshots: Snapshots;
  /** Whose they are. */
  sessions: Sessions;
  places: PoolPlaces;
  gate: CallGate;
}

/** Every query goes by `_id`, so that no other index is needed. */
export function createMongoSnapshotStore(options: SnapshotStoreOptions): SnapshotStore {
  const { snapshots, sessions, places, gate } = options;
  const { call } = gate;
  return {
    async write({ key, data, now, of }, caller) {
      const document = snapshotDoc(key, data, now);
      const attempt = () => (of ? replaceOf(document, of) : replace(snapshots, document));
      await call(() => places.write(caller, () => retrying(attempt)));
    },
    read: (key, budget) =>
      call(() => places.read(budget, (own) => retrying(() => readSnapshot(snapshots, key, own)))),
    async delete(key, caller) {
      const attempt = () => snapshots.deleteOne({ _id: key }, WRITING);
      await call(() => places.write(caller, () => retrying(attempt)));
    },
    list: (prefix, { after, limit = 0 }: Partial<KeyPage> = {}, caller = undefined) =>
      call(() =>
        places.read({ ...unbounded, caller }, async () => {
          const options = {
            projection: { _id: 1 as const },
            sort: { _id: 1 as const },
            limit,
            maxTimeMS: SCAN_LIMIT_MS,
          };
          const keys = { ...within(rangeOfPrefix(prefix)), ...(after === undefined ? {} : { $gt: after }) };
          const found = await snapshots.find({ _id: keys }, options).toArray();
          return found.map(({ _id }) => _id);
        }),
      ),
  };

  /**
   * The session is looked for once more behind the write: where it was deleted in between, its snapshots were, too, before this one. A
   * deletion that goes on now finds it.
   */
  async function replaceOf(document: SnapshotDoc, { sessionId, most }: NonNullable<NewSnapshot['of']>) {
    const { _id, written_at } = document;
    await requireSession(sessionId);
    const { matchedCount } = await snapshots.replaceOne({ _id }, document, WRITING);
    if (matchedCount === 0) {
      const options = { limit: most, maxTimeMS: SCAN_LIMIT_MS };
      if ((await snapshots.countDocuments(ofSessions([sessionId]), options)) >= most)
        throw tooManySnapshots(most);
      await replace(snapshots, document);
    }
    try {
      await requireSession(sessionId);
    } catch (error) {
      await snapshots.deleteOne({ _id, written_at }, WRITING);
      throw error;
    }
  }

  async function requireSession(sessionId: string): Promise<void> {
    const options = { projection: { _id: 1 as const }, maxTimeMS: READ_LIMIT_MS };
    if (!(await sessions.findOne({ _id: sessionId }, options))) throw sessionNotFound(sessionId);
  }
}

async function readSnapshot(
  snapshots: Snapshots,
  key: string,
  budget: ReadBudget | undefined,
): Promise<StoredSnapshot | null> {
  const read = (most: number) =>
    snapshots
      .aggregate<Doc>(
        [{ $match: { _id: key } }, { $project: { written_at: 1, own: sized({ data: '$data' }, most) } }],
        READING,
      )
      .toArray();
  const [found] = await readSized(read, ['own'], 1, budget);
  if (!found) return null;
  const { data } = sizedValue(found.own) as { data: Binary };
  return { data: new Uint8Array(data.value()), writtenAt: found.written_at as Date };
}

/** DOCUMENT_TOO_LARGE. */
export function snapshotDoc(key: string, data: Uint8Array, writtenAt: Date): SnapshotDoc {
  const document = { _id: key, data: new Binary(data), written_at: writtenAt };
  const bytes = BSON.calculateObjectSize(document);
  if (bytes > MAX_DOCUMENT_BYTES) throw snapshotTooLarge(bytes);
  return document;
}

/** Whether there were any. `until`: only those that were written no later. */
export async function deleteSnapshotsOf(
  snapshots: Snapshots,
  sessionId: string,
  until?: Date,
): Promise<boolean> {
  const own = ofSessions([sessionId]);
  const filter = until ? { $and: [own, { written_at: { $lte: until } }] } : own;
  const { deletedCount } = await snapshots.deleteMany(filter, WRITING);
  return deletedCount > 0;
}

/** The snapshots of these sessions, by their keys. */
export function ofSessions(sessionIds: readonly string[]): Filter<SnapshotDoc> {
  // `$or` refuses an empty list.
  if (sessionIds.length === 0) return { _id: { $in: [] } };
  return { $or: sessionIds.flatMap(rangesOfSession).map((range) => ({ _id: within(range) })) };
}

/** Of two first writes at once one finds the other's document made: then there is one to replace. */
async function replace(snapshots: Snapshots, document: SnapshotDoc): Promise<void> {
  const attempt = () =>
    snapshots.replaceOne({ _id: document._id }, document, { upsert: true, maxTimeMS: WRITE_LIMIT_MS });
  await attempt().catch((error: unknown) => {
    if (!isDuplicateKey(error)) throw error;
    return attempt();
  });
}

const within = ({ from, before }: KeyRange) =>
  before === null ? { $gte: from } : { $gte: from, $lt: before };

const snapshotTooLarge = (bytes: number) =>
  new ParleyError(
    'DOCUMENT_TOO_LARGE',
    `The snapshot takes ${bytes} bytes; MongoDB stores at most ${MAX_DOCUMENT_BYTES} in one document. Let the agent keep fewer messages.`,
    { details: { maxBytes: MAX_DOCUMENT_BYTES, bytes } },
  );
