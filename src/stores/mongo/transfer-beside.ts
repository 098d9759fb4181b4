import { type Collection, ObjectId } from 'mongodb';
import type { MovedSnapshot, TransferAuditEntry, TransferStore } from '../../domain/sessions/transfer.js';
import type { AuditDoc } from './access.js';
import type { CallGate } from './driver/call-gate.js';
import { READ_LIMIT_MS, READING, WRITING } from './driver/collection.js';
import { isDuplicateKey } from './driver/errors.js';
import { retrying } from './driver/retry.js';
import { type Snapshots, snapshotDoc } from './snapshots.js';

const PAGE = 500;

/** What an export holds beside the sessions. Both collections are walked by `_id`, page by page, so that no cursor stays open. */
export function transferBeside(
  { snapshots, audit }: { snapshots: Snapshots; audit: Collection<AuditDoc> },
  { call }: CallGate,
): Pick<TransferStore, 'readSnapshots' | 'writeSnapshot' | 'readAudit' | 'writeAudit'> {
  return {
    async *readSnapshots() {
      for (let after = ''; ; ) {
        const options = { sort: { _id: 1 }, maxTimeMS: READ_LIMIT_MS } as const;
        const found = await call(() => retrying(() => snapshots.findOne({ _id: { $gt: after } }, options)));
        if (!found) return;
        yield { key: found._id, writtenAt: found.written_at, data: found.data.value() };
        after = found._id;
      }
    },
    async writeSnapshot({ key, data, writtenAt }: MovedSnapshot) {
      const document = snapshotDoc(key, data, writtenAt);
      const insert = () => snapshots.insertOne(document, WRITING);
      return call(() =>
        retrying(() =>
          insert().then(
            () => true,
            (error: unknown) => {
              if (isDuplicateKey(error)) return false;
              throw error;
            },
          ),
        ),
      );
    },
    async *readAudit() {
      for (let after: ObjectId | null = null; ; ) {
        const filter = after === null ? {} : { _id: { $gt: after } };
        const options = { sort: { _id: 1 }, limit: PAGE, maxTimeMS: READ_LIMIT_MS } as const;
        const found: AuditDoc[] = await call(() => retrying(() => audit.find(filter, options).toArray()));
        if (found.length > 0) yield found.map(entryFrom);
        if (found.length < PAGE) return;
        after = found.at(-1)?._id ?? null;
      }
    },
    writeAudit: (entries, { dryRun }) =>
      call(() =>
        retrying(async () => {
          if (entries.length === 0) return 0;
          const ids = entries.map(({ id }) => new ObjectId(id));
          if (dryRun) {
            const filter = { _id: { $in: ids } };
            return entries.length - (await audit.countDocuments(filter, READING));
          }
          const writes = entries.map((entry) => ({
            updateOne: {
              filter: { _id: new ObjectId(entry.id) },
              update: { $setOnInsert: docFrom(entry) },
              upsert: true,
            },
          }));
          return (await audit.bulkWrite(writes, WRITING)).upsertedCount;
        }),
      ),
  };
}

/** Entries of older versions have no count. */
const entryFrom = ({ _id, at, count = 1, ...entry }: AuditDoc): TransferAuditEntry => ({
  kind: 'audit',
  id: _id.toHexString(),
  at: at.toISOString(),
  callerKind: entry.callerKind,
  callerId: entry.callerId,
  callerName: entry.callerName,
  action: entry.action,
  sessionId: entry.sessionId,
  agentId: entry.agentId,
  outcome: entry.outcome,
  from: entry.from,
  count,
});

const docFrom = ({ kind: _kind, id: _id, at, callerKind, ...entry }: TransferAuditEntry) => ({
  ...entry,
  at: new Date(at),
  callerKind: callerKind as AuditDoc['callerKind'],
});
