import { createHash } from 'node:crypto';
import type { Database } from 'better-sqlite3';
import { ParleyError } from '../../../domain/errors.js';
import { isPlainPath, plainType, plainValue } from '../reads/plain-values.js';
import type { Statements } from '../statements.js';

const PREFIX = 'metadata_of_';

/**
 * Makes the indexes of the declared paths, one for each order of a list, and drops those of paths no longer declared. The value's type
 * stands in them too: to tell 1 from true no metadata is read. Those of earlier versions, which held whole values, have other names: they are made anew.
 */
export function declareMetadataIndexes(db: Database, paths: readonly string[]): void {
  const wanted = new Map(
    paths.flatMap((path) =>
      ['created_at', 'updated_at'].map((column) => [nameOf(path, column), { path, column }] as const),
    ),
  );
  const there = metadataIndexesIn(db);
  for (const name of there) if (!wanted.has(name)) db.exec(`DROP INDEX IF EXISTS ${name}`);
  for (const [name, { path, column }] of wanted) {
    if (!there.includes(name)) {
      db.exec(
        `CREATE INDEX IF NOT EXISTS ${name} ON sessions (${plainValue(path)}, ${column}, session_id, ${plainType(path)})`,
      );
    }
  }
}

/** Of these paths, those that the file has no index for. */
export function missingMetadataIndexes(db: Database, paths: readonly string[]): string[] {
  const there = metadataIndexesIn(db);
  return paths.filter((path) => !there.includes(nameOf(path, 'created_at')));
}

const NAMES = `SELECT name FROM sqlite_schema WHERE type = 'index' AND name LIKE '${PREFIX}%'`;
const metadataIndexesIn = (db: Database) => db.prepare(NAMES).pluck().all() as string[];

/** Of these paths, those that the file has an index for in which the time of the last write stands beside the value. */
export function indexedPaths(statements: Statements, paths: readonly string[]): string[] {
  const there = new Set(statements.rows(NAMES).map(([name]) => name as string));
  return there.size === 0 ? [] : paths.filter((path) => there.has(nameOf(path, 'updated_at')));
}

/** Refused before a thread is started. */
export function checkMetadataIndexes(paths: readonly string[]): void {
  for (const path of paths) {
    if (!isPlainPath(path)) {
      throw new ParleyError(
        'STORE_UNAVAILABLE',
        `METADATA_INDEXES names ${JSON.stringify(path)}, which SQLite cannot index: each segment must begin with a letter or _ and hold only letters, digits, _ and -.`,
      );
    }
  }
}

function nameOf(path: string, column: string): string {
  return `${PREFIX}${createHash('sha256').update(path).digest('hex').slice(0, 16)}_${column}_short`;
}
