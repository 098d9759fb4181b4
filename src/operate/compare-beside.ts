import type { SnapshotStore } from '../domain/sessions/snapshot-store.js';
import { type BesideHandler, type BesideStores, keyDifference } from './beside.js';

/** Whether the database holds what stands in the file beside the sessions. What it holds more is no difference. */
export function besideComparison({
  transfer,
  keys,
  pepper,
  snapshots,
}: BesideStores & { snapshots: SnapshotStore }): BesideHandler {
  return {
    async snapshot({ key, data }) {
      const there = await snapshots.read(key);
      if (there && Buffer.compare(there.data, data) === 0) return null;
      return `snapshot ${JSON.stringify(key)} is ${there ? 'another' : 'not'} in the database`;
    },
    async audit(entries) {
      const missing = await transfer.writeAudit(entries, { dryRun: true });
      if (missing === 0) return null;
      const [first, last] = [entries[0]?.at, entries.at(-1)?.at];
      return `the audit from ${first} to ${last}: ${missing} of ${entries.length} entries are not in the database`;
    },
    async key(record) {
      const there = await keys.find(record.id);
      if (!there) return `key ${JSON.stringify(record.id)} is not in the database`;
      const field = keyDifference(record, there, pepper);
      return field && `key ${JSON.stringify(record.id)}: ${field} is another in the database`;
    },
  };
}
