import { oncePerObject } from '../../domain/once-per-object.js';
import type {
  MutationResolvers,
  SessionResolvers,
  SnapshotResolvers,
  WriteSnapshotPayloadResolvers,
} from '../generated/types.js';
import { pageSize } from '../paging.js';
import type { SnapshotParent } from '../parents.js';
import { sessionOfPayload, writing } from './mutation.js';

export const snapshotsOfSession: Pick<SessionResolvers, 'snapshot' | 'snapshotKeys'> = {
  async snapshot({ sessionId }, { key }, { snapshots }) {
    const stored = await snapshots.readSnapshot({ sessionId, key });
    return stored && { ...stored, key };
  },
  snapshotKeys({ sessionId }, { prefix = '', after, first }, { snapshots }) {
    const { size: limit } = pageSize({ first });
    return snapshots.listSnapshots({ sessionId, prefix, after: after ?? undefined, limit });
  },
};

export const snapshot: SnapshotResolvers = {
  data: oncePerObject(({ data }: SnapshotParent) =>
    Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64'),
  ),
};

export const writeSnapshotPayload: WriteSnapshotPayloadResolvers = { session: sessionOfPayload };

export const snapshotMutation: Pick<MutationResolvers, 'writeSnapshot' | 'deleteSnapshot'> = {
  async writeSnapshot(_root, { input }, context) {
    const { sessionId, key } = input;
    const stored = await writing(context, context.snapshots.writeSnapshot(input));
    return { sessionId, snapshot: { ...stored, key } };
  },
  async deleteSnapshot(_root, { input: { sessionId, key } }, { snapshots }) {
    await snapshots.deleteSnapshot({ sessionId, key });
    return { key };
  },
};
