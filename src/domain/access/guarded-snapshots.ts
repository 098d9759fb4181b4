import { around } from '../around.js';
import { sessionNotFound } from '../errors.js';
import type { ReadBudget } from '../read-budget.js';
import type { SnapshotService } from '../sessions/snapshot-service.js';
import { audited, type Record } from './audited-service.js';
import type { Policy } from './policy.js';
import { isLimited, looksAtSession, mayNotMake } from './reach.js';
import { requireScope } from './scopes.js';
import type { Sight } from './sight.js';

/** What agents keep of themselves, as one caller has it. */
export type CallersSnapshots = {
  [Method in keyof SnapshotService]: (
    input: Parameters<SnapshotService[Method]>[0],
  ) => ReturnType<SnapshotService[Method]>;
};

export interface GuardedSnapshotsOptions {
  snapshots: SnapshotService;
  /** What the operation sees. */
  sight: Sight;
  policy: Policy;
  /** Of the operation; its caller's share the writes are. */
  budget: ReadBudget;
  record: Record;
}

const READS: ReadonlySet<keyof SnapshotService> = new Set(['readSnapshot', 'listSnapshots']);

/**
 * As guardedService: what is of a session that is not within reach is answered as of one that does not exist. All of it needs one scope, which that
 * to read does not stand for: a snapshot holds what was redacted, too. To read one needs both.
 */
export function guardedSnapshots(options: GuardedSnapshotsOptions): CallersSnapshots {
  const { snapshots, sight, policy, budget, record } = options;
  const own: CallersSnapshots = {
    writeSnapshot: (input) => snapshots.writeSnapshot(input, budget.caller),
    deleteSnapshot: (address) => snapshots.deleteSnapshot(address, budget.caller),
    readSnapshot: (address) => snapshots.readSnapshot(address, budget),
    listSnapshots: (query) => snapshots.listSnapshots(query, budget.caller),
  };
  const reaching = isLimited(policy.reach) ? reachingSnapshots(own, sight, policy.reach) : own;
  const scoped = around(reaching, (call, method) => async (...given) => {
    requireScope(policy, 'snapshot');
    // A write gives back its session, whose snapshots others have written.
    if (READS.has(method)) requireScope(policy, 'read');
    return call(...given);
  });
  return audited(scoped, ['writeSnapshot', 'deleteSnapshot'], record);
}

function reachingSnapshots(
  snapshots: CallersSnapshots,
  { sees, seesNow }: Sight,
  reach: Policy['reach'],
): CallersSnapshots {
  return {
    async writeSnapshot(input) {
      // Where more than the id decides, only what is there can be within reach.
      const createIfMissing = input.createIfMissing && !looksAtSession(reach);
      if (await seesNow(input.sessionId)) return snapshots.writeSnapshot({ ...input, createIfMissing });
      throw input.createIfMissing ? mayNotMake() : sessionNotFound(input.sessionId);
    },
    async deleteSnapshot(address) {
      if (!(await seesNow(address.sessionId))) throw sessionNotFound(address.sessionId);
      return snapshots.deleteSnapshot(address);
    },
    readSnapshot: async (address) =>
      (await sees(address.sessionId)) ? snapshots.readSnapshot(address) : null,
    listSnapshots: async (query) => ((await sees(query.sessionId)) ? snapshots.listSnapshots(query) : []),
  };
}
