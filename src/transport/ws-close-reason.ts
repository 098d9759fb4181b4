/** RFC 6455 gives a reason 123 bytes. */
const MAX_REASON_BYTES = 120;

/** Why a socket is closed, as long as a frame takes it; whole characters: a peer may take half a one for a fault. */
export function closeReason(reason: string): string {
  let short = reason.slice(0, MAX_REASON_BYTES);
  while (Buffer.byteLength(short) > MAX_REASON_BYTES) short = short.slice(0, -1);
  return short.toWellFormed();
}
