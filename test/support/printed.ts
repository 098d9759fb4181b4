import type { ChildProcess } from 'node:child_process';

/** What a program has printed, on either stream, and when a line is there. */
export function printed(child: ChildProcess) {
  let text = '';
  let look = () => {};
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      text += chunk;
      look();
    });
  }
  return {
    lines: () => text.split('\n').filter((line) => line !== ''),
    line: (wanted: string) =>
      new Promise<void>((resolve, reject) => {
        look = () => {
          if (text.split('\n').includes(wanted)) resolve();
        };
        look();
        child.once('exit', (code) => reject(new Error(`ended with ${code}:\n${text}`)));
      }),
  };
}
