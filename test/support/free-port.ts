import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * A port below those that the system gives to connections and to whoever asks for any: between a kill and the next
 * start nothing else takes it.
 */
export async function freePort(): Promise<number> {
  const port = randomInt(10_000, 32_000);
  const probe = createServer();
  const free = await new Promise<boolean>((resolve) => {
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => resolve(true));
  });
  if (!free) return freePort();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
