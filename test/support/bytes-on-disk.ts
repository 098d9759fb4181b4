import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/**
 * All that the files of a SQLite database hold, as text. Another process reads them: one that closes a file loses every lock that it has
 * on it, those of its own connections too (sqlite.org/howtocorrupt.html, 2.2), and the next process that closes the database then
 * removes the write-ahead log that the first still writes to.
 */
export function bytesOnDisk(path: string): string {
  const files = [path, `${path}-wal`, `${path}-shm`].filter(existsSync);
  return execFileSync('cat', files, { encoding: 'latin1', maxBuffer: 1024 * 1024 * 1024 });
}
