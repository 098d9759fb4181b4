import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** On the disk of the checkout: a temporary folder may be in memory, where FULL costs nothing. */
const ROOT = fileURLToPath(new URL('../.bench/', import.meta.url));

/** A new folder for one run, and its removal. */
export function makeFolder() {
  mkdirSync(ROOT, { recursive: true });
  const folder = mkdtempSync(join(ROOT, 'run-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
