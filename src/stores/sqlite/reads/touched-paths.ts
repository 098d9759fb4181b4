import type { SessionFilter } from '../../../domain/sessions/session-store.js';
import { indexedPaths } from '../file/metadata-indexes.js';
import type { Statements } from '../statements.js';
import { anyTouched } from '../touched.js';
import type { SessionCount, Touched } from './page-sql.js';

/** Null where no session is touched. */
export function whatIsTouched(statements: Statements, { filter, within = {} }: SessionCount): Touched | null {
  if (!anyTouched(statements)) return null;
  const paths = [filter, within].flatMap(pathsOf);
  return { indexed: new Set(paths.length === 0 ? [] : indexedPaths(statements, paths)) };
}

const pathsOf = ({ metadata = [], and = [], or = [], not }: SessionFilter): string[] => [
  ...metadata.filter(({ equals }) => equals !== undefined).map(({ path }) => path),
  ...[...and, ...or, ...(not ? [not] : [])].flatMap(pathsOf),
];
