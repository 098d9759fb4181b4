import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Runs a program of this folder with one message; its answer, or null where it was killed before it had one. */
export function inChild(program: string, input: object): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL(program, import.meta.url)), [], {
      execArgv: [],
      // Bytes and dates cross as what they are.
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let answer: unknown = null;
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    child.on('message', (message) => {
      answer = message;
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0 || signal === 'SIGKILL') resolve(answer);
      else reject(new Error(`${program} failed: ${stderr}`));
    });
    child.send(input);
  });
}
