import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** The built program's file. */
export const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** The built program as a process of its own. */
export interface ParleyProcess {
  /** The address of the start line; rejects where the process ends without one. */
  listening(): Promise<string>;
  /** Resolves once standard output matches. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  /** Standard output so far. */
  output(): string;
  readonly exited: Promise<Exit>;
  readonly child: ChildProcess;
  kill(signal: NodeJS.Signals): void;
}

export interface SpawnOptions {
  env?: Record<string, string>;
  /** What stands before the program on Node's command line. */
  nodeArgs?: string[];
  uid?: number;
  cwd?: string;
  /** The largest file it may write, in bytes: beyond it the system refuses, as where a disk is full. */
  maxFileBytes?: number;
  /** Whether it can be asked things by `child.send`. */
  ipc?: boolean;
}

/** Starts `parley` with these words. Nothing of the caller's own configuration reaches it. */
export function spawnParley(words: string[], options: SpawnOptions = {}): ParleyProcess {
  const command = [process.execPath, ...(options.nodeArgs ?? []), MAIN, ...words];
  const { maxFileBytes } = options;
  // The soft limit alone: it can be raised again from outside.
  const limited =
    maxFileBytes === undefined
      ? command
      : ['sh', '-c', `ulimit -S -f ${Math.floor(maxFileBytes / 512)}; exec "$0" "$@"`, ...command];
  const child = spawn(limited[0] as string, limited.slice(1), {
    env: { PATH: process.env.PATH ?? '', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe', options.ipc ? 'ipc' : 'ignore'],
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  }) as ChildProcessByStdio<null, Readable, Readable>;
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const exited = new Promise<Exit>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });

  const printed = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const found = pattern.exec(stdout);
        if (found) resolve(found);
      };
      child.stdout.on('data', look);
      look();
      exited.then(({ code, signal }) =>
        reject(
          new Error(`parley ended with ${code ?? signal}, and did not print ${pattern}:\n${stdout}${stderr}`),
        ),
      );
    });

  return {
    listening: async () => (await printed(/listening on (http:\/\/[^\s",]+)/))[1] as string,
    printed,
    output: () => stdout,
    exited,
    child,
    kill: (signal) => void child.kill(signal),
  };
}

/** As `spawnParley`, for the test that runs: what has not ended by its end is killed. */
export function startParley(words: string[], options: SpawnOptions = {}): ParleyProcess {
  const started = spawnParley(words, options);
  onTestFinished(async () => {
    started.kill('SIGKILL');
    await started.exited;
  });
  return started;
}
