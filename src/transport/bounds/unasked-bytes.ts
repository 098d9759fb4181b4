/** Bytes that are read in one turn of the event loop without asking whose they are: most requests are as short, and come one by one. */
const UNASKED = 8 * 1024;

export interface Unasked {
  /** Whether so much may still be read in this turn of the event loop. */
  take(bytes: number): boolean;
}

export function createUnasked(): Unasked {
  let left = UNASKED;
  const refill = () => {
    left = UNASKED;
  };
  return {
    take(bytes) {
      if (bytes > left) return false;
      if (left === UNASKED) setImmediate(refill);
      left -= bytes;
      return true;
    },
  };
}
