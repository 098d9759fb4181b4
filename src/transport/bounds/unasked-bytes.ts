/**
 * What is read in one turn of the event loop without asking whose it is: most requests are as short, and come one by one. To answer a small
 * one takes longer than to read it: hundreds fit into so many bytes.
 */
const UNASKED_BYTES = 8 * 1024;
const UNASKED_PACKETS = 16;

export interface Unasked {
  /** Whether a packet of so much may still be read in this turn of the event loop. */
  take(bytes: number): boolean;
}

export function createUnasked(): Unasked {
  let bytesLeft = UNASKED_BYTES;
  let packetsLeft = UNASKED_PACKETS;
  const refill = () => {
    bytesLeft = UNASKED_BYTES;
    packetsLeft = UNASKED_PACKETS;
  };
  return {
    take(bytes) {
      if (bytes > bytesLeft || packetsLeft === 0) return false;
      if (packetsLeft === UNASKED_PACKETS) setImmediate(refill);
      bytesLeft -= bytes;
      packetsLeft--;
      return true;
    },
  };
}
