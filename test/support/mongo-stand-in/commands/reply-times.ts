import { at, Binary, type Doc, doc, Long, type Value } from '../bson/values.js';
import { toTimestamp } from '../state/cluster-time.js';
import type { State } from '../state/state.js';
import type { CommandContext } from './context.js';

export const clusterTime = ({ oplog }: State): Doc =>
  doc({
    clusterTime: toTimestamp(oplog.lastTime),
    signature: doc({ hash: new Binary(Buffer.alloc(20), 0), keyId: Long.ZERO }),
  });

/** A member that waits for its set knew the time up to 4.4. */
export const tellsTime = ({ replicated, settings, since }: State): boolean =>
  replicated && !(settings.neverInitiated && since('5.0'));

/** What closes a successful reply of a member of a set. A stream answers with the time that a majority has. */
export function times(reply: Doc, { state }: CommandContext): [string, Value][] {
  if (!tellsTime(state)) return [];
  const ofStream = at(reply, 'cursor.postBatchResumeToken') !== undefined;
  return [
    ['$clusterTime', clusterTime(state)],
    ['operationTime', toTimestamp(ofStream ? state.oplog.readableTime() : state.oplog.lastTime)],
  ];
}
