import { randomFillSync } from 'node:crypto';

/** Bytes that the system is asked for at once: to ask it costs more than a small statement of a database. */
const POOL_BYTES = 4_096;

let pool = Buffer.alloc(0);

/** As `randomBytes` of node:crypto: each byte is handed out once. */
export function randomBytes(length: number): Buffer {
  if (length > pool.length) pool = randomFillSync(Buffer.allocUnsafeSlow(Math.max(length, POOL_BYTES)));
  const taken = pool.subarray(0, length);
  pool = pool.subarray(length);
  return taken;
}
