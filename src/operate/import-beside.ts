import { type BesideHandler, type BesideStores, keyFrom } from './beside.js';
import type { BesideCounts } from './export-lines.js';

/** Writes what is not there, and counts it. A key that is there stays as it is, but for its end: one that was revoked elsewhere is here too. */
export function besideImport(stores: BesideStores): { handler: BesideHandler; counts: BesideCounts } {
  const { transfer, keys, pepper } = stores;
  const counts: BesideCounts = { snapshots: 0, audit: 0, keys: 0 };
  return {
    counts,
    handler: {
      async snapshot(snapshot) {
        if (await transfer.writeSnapshot(snapshot)) counts.snapshots++;
        return null;
      },
      async audit(entries) {
        counts.audit += await transfer.writeAudit(entries, { dryRun: false });
        return null;
      },
      async key(record) {
        const key = keyFrom(record, pepper);
        const there = await keys.find(key.id);
        if (!there) {
          await keys.create(key);
          counts.keys++;
        } else if (key.revokedAt && !there.revokedAt) await keys.revoke(key.id, key.revokedAt);
        return null;
      },
    },
  };
}
