import type { MongoClient } from 'mongodb';
import { type Leases, LONGEST_LEASE_MS } from '../../domain/leases.js';
import type { CallGate } from './driver/call-gate.js';
import { DURABLE, WRITING } from './driver/collection.js';
import { isDuplicateKey } from './driver/errors.js';
import { retrying } from './driver/retry.js';

/** Taken at `taken_at`, the server's time, for `ms`. */
interface LeaseDoc {
  _id: string;
  holder: string;
  ms: number;
  taken_at: Date;
}

const ENDS = { $add: ['$taken_at', '$ms'] };
const ENDED = {
  $expr: { $or: [{ $lte: [ENDS, '$$NOW'] }, { $gt: ['$taken_at', { $add: ['$$NOW', LONGEST_LEASE_MS] }] }] },
};
const LONG_AGO = new Date(0);

/** `parley_leases`, one document for each collection of sessions and name. */
export function createLeases(
  client: MongoClient,
  database: string,
  collection: string,
  { call }: CallGate,
): Leases {
  const idOf = (name: string) => `${collection}/${name}`;
  const leases = client.db(database).collection<LeaseDoc>('parley_leases', DURABLE);

  const takeOver = ({ name, holder, ms }: { name: string; holder: string; ms: number }) =>
    leases.findOneAndUpdate(
      { _id: idOf(name), $or: [{ holder }, ENDED] },
      { $set: { holder, ms }, $currentDate: { taken_at: true } },
      { ...WRITING, returnDocument: 'after' },
    );

  return {
    take: (lease) =>
      call(() =>
        retrying(async () => {
          const taken = await takeOver(lease);
          if (taken) return taken.taken_at;
          // An upsert takes no `$expr`: the first one makes the document, ended, and whoever is quickest takes it over.
          const ended = { _id: idOf(lease.name), holder: '', ms: 0, taken_at: LONG_AGO };
          const made = await leases.insertOne(ended, WRITING).then(
            () => true,
            (error: unknown) => {
              if (!isDuplicateKey(error)) throw error;
              return false;
            },
          );
          return made ? ((await takeOver(lease))?.taken_at ?? null) : null;
        }),
      ),
    async release({ name, holder }) {
      await call(() =>
        retrying(() => leases.updateOne({ _id: idOf(name), holder }, { $set: { ms: 0 } }, WRITING)),
      );
    },
  };
}
