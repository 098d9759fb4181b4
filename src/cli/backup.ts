import { resolve } from 'node:path';
import type { Config } from '../config.js';
import { backUpSqlite } from '../stores/open-store.js';
import { noDatabase, sqliteFile } from './open-database.js';
import { bytes, createProgress, duration, type ProgressDeps } from './progress.js';

export interface BackupDeps {
  progress: ProgressDeps;
  signal: AbortSignal;
  say(line: string): void;
}

/** Null once the copy is there, else why there is none. */
export async function runBackup(
  { file, force }: { file: string; force: boolean },
  config: Config,
  { progress, signal, say }: BackupDeps,
): Promise<{ failure: string } | null> {
  const from = sqliteFile(config);
  if (from === null) {
    return {
      failure:
        'backup copies a SQLite file, and MONGODB_URI is set. For MongoDB use mongodump, or parley export',
    };
  }
  const missing = noDatabase(from);
  if (missing) return missing;
  const to = resolve(file);
  const line = createProgress(progress, bytes);
  const startedAt = progress.now();
  try {
    const copy = await backUpSqlite({ from, to, force, signal, progress: line.show });
    line.end();
    say(
      `${to}: ${bytes(copy.bytes)} of ${from}, in ${duration(progress.now() - startedAt)}; the copy passes its integrity check`,
    );
    return null;
  } catch (error) {
    line.end();
    if (signal.aborted) return { failure: 'stopped; no copy was made' };
    throw error;
  }
}
