import { freePort } from './free-port.js';
import { type ParleyProcess, spawnParley } from './parley-process.js';
import { type Request, requestAt } from './request.js';

/** A server on one database and one port that can be killed and started again, any number of times. */
export interface KillableServer {
  readonly url: string;
  readonly request: Request;
  /** Resolves while the server runs; pending from a kill until it listens again. */
  up(): Promise<void>;
  /** `kill -9`, then a new process; `between` the two. */
  killAndRestart(between?: () => Promise<unknown>): Promise<void>;
  /** SIGTERM. Its exit code. */
  stop(): Promise<number | null>;
}

/** `env` names the database. */
export async function startKillable(env: Record<string, string>): Promise<KillableServer> {
  const start = async (port: number): Promise<[ParleyProcess, string]> => {
    const started = spawnParley([], {
      env: { PORT: String(port), LOG_LEVEL: 'warn', ...env },
    });
    return [started, await started.listening()];
  };
  const port = await freePort();
  const [first, url] = await start(port);
  let server = first;
  let up = Promise.resolve();
  return {
    url,
    request: requestAt(url),
    up: () => up,
    async killAndRestart(between = async () => {}) {
      const dying = server;
      up = (async () => {
        dying.kill('SIGKILL');
        await dying.exited;
        await between();
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
