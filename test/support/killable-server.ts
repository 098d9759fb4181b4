import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { type ParleyProcess, spawnParley } from './parley-process.js';

/** A server on one file and one port that can be killed and started again, any number of times. */
export interface KillableServer {
  readonly url: string;
  /** Resolves while the server runs; pending from a kill until it listens again. */
  up(): Promise<void>;
  /** `kill -9`, then a new process. */
  killAndRestart(): Promise<void>;
  /** SIGTERM. Its exit code. */
  stop(): Promise<number | null>;
}

export async function startKillable(path: string): Promise<KillableServer> {
  const start = async (port: number): Promise<[ParleyProcess, string]> => {
    const started = spawnParley([], { env: { SQLITE_PATH: path, PORT: String(port), LOG_LEVEL: 'warn' } });
    return [started, await started.listening()];
  };
  const port = await freePort();
  const [first, url] = await start(port);
  let server = first;
  let up = Promise.resolve();
  return {
    url,
    up: () => up,
    async killAndRestart() {
      const dying = server;
      up = (async () => {
        dying.kill('SIGKILL');
        await dying.exited;
        [server] = await start(port);
      })();
      await up;
    },
    async stop() {
      server.kill('SIGTERM');
      const { code } = await server.exited;
      return code;
    },
  };
}

/**
 * A port below those that the system gives to connections and to whoever asks for any: between a kill and the next
 * start nothing else takes it.
 */
async function freePort(): Promise<number> {
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
