import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ParleyProcess, spawnParley } from './parley-process.js';
import { makeTempFolder } from './temp-folder.js';

const HOOK = fileURLToPath(new URL('./report-memory.mjs', import.meta.url));

export interface Memory {
  /** Bytes of live objects and of the buffers that they hold. */
  heap: number;
  /** Bytes of the whole process. */
  rss: number;
  /** Connections that are open. */
  connections: number;
  /** Keys of `Object.prototype`, which no input may change. */
  prototypeKeys: number;
}

/** The built program on a file of its own, that can be asked for its memory. */
export interface MeasuredServer {
  url: string;
  port: number;
  process: ParleyProcess;
  memory(): Promise<Memory>;
  /** SIGTERM; what it logged of errors. Rejects where it ends in another way than it should. */
  stop(): Promise<string[]>;
  /** Ends it where it stands. */
  kill(): Promise<void>;
}

export async function startMeasured(env: Record<string, string> = {}): Promise<MeasuredServer> {
  const folder = await makeTempFolder();
  const server = spawnParley([], {
    env: {
      PORT: '0',
      LOG_LEVEL: 'error',
      SQLITE_SYNCHRONOUS: 'NORMAL',
      SQLITE_PATH: join(folder.path, 'p.db'),
      ...env,
    },
    nodeArgs: ['--expose-gc', '--import', HOOK],
    ipc: true,
  });
  const url = await server.listening();
  return {
    url,
    port: Number(new URL(url).port),
    process: server,
    async memory() {
      const answer = once(server.child, 'message');
      server.child.send('memory');
      return (await answer)[0] as Memory;
    },
    async stop() {
      server.kill('SIGTERM');
      const { code, stdout, stderr } = await server.exited;
      await folder.remove();
      if (code !== 0 || stderr !== '') throw new Error(`the server ended with ${code}: ${stderr}${stdout}`);
      return stdout.split('\n').filter((line) => /"level":"(error|fatal)"/.test(line));
    },
    async kill() {
      server.kill('SIGKILL');
      await server.exited;
      await folder.remove();
    },
  };
}
