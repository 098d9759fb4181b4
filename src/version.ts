import { readFileSync } from 'node:fs';

let version: string | null = null;

/** Of the package this file was built into. Read once: whoever asks whether the server is there is told it. */
export function packageVersion(): string {
  const file = new URL('../package.json', import.meta.url);
  version ??= (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
  return version;
}
