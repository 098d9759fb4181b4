import { Long, Timestamp } from '../bson/values.js';

/** A time of the cluster as one number: seconds in the high half, a counter in the low one. Times are compared a lot. */
export type ClusterTime = bigint;

export const toTimestamp = (time: ClusterTime): Timestamp =>
  new Timestamp(Long.fromBigInt(BigInt.asIntN(64, time), true));
export const fromTimestamp = (timestamp: Timestamp): ClusterTime =>
  (BigInt(timestamp.getHighBitsUnsigned()) << 32n) | BigInt(timestamp.getLowBitsUnsigned());

/** The next time: the counter starts again with every second and never goes back. */
export function nextTime(last: ClusterTime, nowMs: number): ClusterTime {
  const second = BigInt(Math.floor(nowMs / 1000)) << 32n;
  return second > last ? second + 1n : last + 1n;
}
