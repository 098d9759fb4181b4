import { type Collection, type Document, type MongoClient, ObjectId } from 'mongodb';
import type { AuditEntry, AuditLog, NewAuditEntry } from '../../domain/access/audit-log.js';
import type { KeyStore, StoredKey } from '../../domain/access/key-store.js';
import { createLru } from '../../domain/lru.js';
import { unbounded } from '../../domain/read-budget.js';
import type { CallGate } from './driver/call-gate.js';
import { DURABLE, READ_LIMIT_MS, READING, SCAN_LIMIT_MS, WRITING } from './driver/collection.js';
import { isDuplicateKey } from './driver/errors.js';
import type { PoolPlaces } from './driver/pool-places.js';
import { retrying } from './driver/retry.js';
import { createRisingIds } from './rising-ids.js';

type KeyDoc = { _id: string } & Omit<StoredKey, 'id' | 'reach'> & { reach: string };

/** `parley_keys`, one document for each key; there are few, and they are found by `_id`. */
export function createKeyStore(client: MongoClient, database: string, { call }: CallGate): KeyStore {
  const keys = client.db(database).collection<KeyDoc>('parley_keys', DURABLE);
  const toKey = ({ _id, reach, ...key }: KeyDoc): StoredKey => ({
    ...key,
    id: _id,
    reach: JSON.parse(reach),
  });
  return {
    async create({ id, reach, ...key }) {
      // As text: its metadata paths hold dots.
      const document = { _id: id, ...key, reach: JSON.stringify(reach) };
      await call(() =>
        retrying(async (failures) => {
          try {
            await keys.insertOne(document, WRITING);
          } catch (error) {
            // Ids are random: it is the key of the try before.
            if (failures === 0 || !isDuplicateKey(error)) throw error;
          }
        }),
      );
    },
    find: (id) =>
      call(() =>
        retrying(async () => {
          const found = await keys.findOne({ _id: id }, READING);
          return found && toKey(found);
        }),
      ),
    list: () =>
      call(async () => {
        const found = (await keys.find({}, { maxTimeMS: SCAN_LIMIT_MS }).toArray()).map(toKey);
        return found.sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
      }),
    any: () =>
      call(
        async () => (await keys.findOne({}, { projection: { _id: 1 }, maxTimeMS: READ_LIMIT_MS })) !== null,
      ),
    revoke: (id, now) =>
      call(() =>
        retrying(async () => {
          const { matchedCount } = await keys.updateOne(
            { _id: id, revokedAt: null },
            { $set: { revokedAt: now } },
            WRITING,
          );
          return matchedCount > 0 || (await keys.findOne({ _id: id }, WRITING)) !== null;
        }),
      ),
    async touch(id, now) {
      await call(() => keys.updateOne({ _id: id }, { $set: { lastUsedAt: now } }, WRITING));
    },
  };
}

export type AuditDoc = { _id: ObjectId } & AuditEntry;

export const auditOf = (client: MongoClient, database: string): Collection<AuditDoc> =>
  client.db(database).collection<AuditDoc>('parley_audit', DURABLE);

/** Entries that one command removes, each in its time: an hour of many writes leaves more than the database removes in one. */
const PRUNE_STEP = 5_000;

/** Marks whose entries are known; entries count for a minute only. */
const MARKS = 10_000;

/** `parley_audit`. Ids are made here, in the order of time. */
export function createAuditLog(
  client: MongoClient,
  database: string,
  { call, closing }: CallGate,
  places: Pick<PoolPlaces, 'scan'>,
  pruneStep = PRUNE_STEP,
): AuditLog {
  const audit = auditOf(client, database);
  const marked = createLru<string, ObjectId>(MARKS);
  /** Of entries without a mark: a write that had no answer, and is made again, may have been made. */
  const given = new WeakMap<NewAuditEntry, ObjectId>();
  const newId = createRisingIds();
  const idOf = (entry: NewAuditEntry) => {
    const { mark, at } = entry;
    const id = (mark === null ? given.get(entry) : marked.get(mark)) ?? newId(at.getTime());
    if (mark === null) given.set(entry, id);
    else marked.set(mark, id);
    return id;
  };
  return {
    async append(entries) {
      if (entries.length === 0) return;
      const writes = entries.map((entry) => {
        const { mark: _, count, ...kept } = entry;
        const update = { $setOnInsert: kept, $set: { count } };
        return { updateOne: { filter: { _id: idOf(entry) }, update, upsert: true } };
      });
      await call(() => audit.bulkWrite(writes, WRITING));
    },
    list: ({ limit, before, sessionId, callerId }, caller) => {
      const find = async () => {
        const filter: Document = {
          ...(before === null ? {} : { _id: { $lt: new ObjectId(before) } }),
          ...(sessionId === undefined ? {} : { sessionId }),
          ...(callerId === undefined ? {} : { callerId }),
        };
        const options = { sort: { _id: -1 }, limit, maxTimeMS: SCAN_LIMIT_MS } as const;
        const found = await audit.find(filter, options).toArray();
        // Entries of older versions have no count.
        return found.map(({ _id, count = 1, ...entry }) => ({ ...entry, count, id: _id.toHexString() }));
      };
      // Of two conditions an index answers one, and where the indexes are off none.
      return call(() => places.scan({ ...unbounded, caller }, find));
    },
    async prune(olderThan) {
      const oldest = ObjectId.createFromTime(Math.floor(olderThan.getTime() / 1_000));
      const old = { _id: { $lt: oldest } };
      const options = {
        projection: { _id: 1 },
        sort: { _id: 1 },
        skip: pruneStep - 1,
        maxTimeMS: SCAN_LIMIT_MS,
      } as const;
      for (let more = true; more && !closing.aborted; ) {
        more = await call(async () => {
          const last = await audit.findOne(old, options);
          const step = last ? { _id: { $lte: last._id } } : old;
          await audit.deleteMany(step, { maxTimeMS: SCAN_LIMIT_MS });
          return last !== null;
        });
      }
    },
  };
}
