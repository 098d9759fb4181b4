import { freePort } from '../free-port.js';
import { type Exit, type ParleyProcess, type SpawnOptions, spawnParley } from '../parley-process.js';

/** A `parley` on one port that is ended and started again, any number of times. */
export interface Instance {
  readonly name: string;
  readonly port: number;
  readonly running: boolean;
  /** The process that runs now. */
  readonly process: ParleyProcess;
  /** Resolves while it runs; pending from its end until it listens again. */
  up(): Promise<void>;
  /** Ends the process, waits for its end and starts another. */
  restart(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
  /** SIGTERM. */
  stop(): Promise<void>;
  /** Rejects where a process ends by itself, or not with 0 after SIGTERM, or has logged an error. */
  readonly failed: Promise<never>;
}

/** `env` names the database; the port is the instance's own. */
export async function startInstance(
  name: string,
  env: Record<string, string>,
  options: Omit<SpawnOptions, 'env'> = {},
): Promise<Instance> {
  const port = await freePort();
  let running = false;
  let fail: (error: Error) => void = () => {};
  const failed = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  failed.catch(() => {});

  const start = async (): Promise<ParleyProcess> => {
    const started = spawnParley([], { ...options, env: { LOG_LEVEL: 'error', ...env, PORT: String(port) } });
    started.exited.then((exit) => {
      const unasked = running && started === process;
      if (unasked) down();
      const wrong = wrongWith(exit, unasked);
      if (wrong) fail(new Error(`parley ${name} ${wrong}\n${exit.stdout}${exit.stderr}`));
    });
    started.printed(/^.*"level":"(error|fatal)".*$/m).then(
      ([line]) => fail(new Error(`parley ${name} logged an error: ${line}`)),
      () => {},
    );
    await started.listening();
    running = true;
    return started;
  };
  const down = () => {
    running = false;
    up = new Promise(() => {});
  };
  const end = async (signal: 'SIGKILL' | 'SIGTERM') => {
    down();
    process.kill(signal);
    await process.exited;
  };

  let up = Promise.resolve();
  let process = await start();
  return {
    name,
    port,
    get running() {
      return running;
    },
    get process() {
      return process;
    },
    up: () => up,
    async restart(signal) {
      const ended = end(signal);
      up = ended.then(async () => {
        process = await start();
      });
      up.catch(fail);
      await up;
    },
    stop: () => end('SIGTERM'),
    failed,
  };
}

function wrongWith({ code, signal, stderr }: Exit, unasked: boolean): string | null {
  if (unasked) return `ended by itself with ${code ?? signal}`;
  if (signal !== 'SIGKILL' && code !== 0) return `ended with ${code ?? signal}`;
  return stderr === '' ? null : 'wrote to standard error';
}
