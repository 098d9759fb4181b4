import type { ChildProcess } from 'node:child_process';

/** What a program has printed, on either stream, and when it is there. */
export function printed(child: ChildProcess) {
  let text = '';
  let look = () => {};
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      text += chunk;
      look();
    });
  }
  const until = <T>(found: () => T | undefined) =>
    new Promise<T>((resolve, reject) => {
      look = () => {
        const result = found();
        if (result !== undefined) resolve(result);
      };
      look();
      child.once('exit', (code) => reject(new Error(`ended with ${code}:\n${text}`)));
    });
  return {
    lines: () => text.split('\n').filter((line) => line !== ''),
    line: (wanted: string) => until(() => text.split('\n').includes(wanted) || undefined),
    /** The first group of `pattern`. */
    match: (pattern: RegExp) => until(() => pattern.exec(text)?.[1]),
  };
}
