import { ParleyError } from '../../domain/errors.js';

/**
 * The one boundary at which better-sqlite3's errors become Parley's. Their text names paths and statements: it is kept as
 * the cause, for the log. Codes: https://sqlite.org/rescode.html
 */
export function toParleyError(error: unknown): ParleyError {
  if (error instanceof ParleyError) return error;
  const code = (error as { code?: unknown } | null)?.code;
  const reason = typeof code === 'string' ? reasonOf(code) : null;
  return reason
    ? new ParleyError('STORE_UNAVAILABLE', reason, { cause: error })
    : new ParleyError('INTERNAL_SERVER_ERROR', 'The SQLite store failed.', { cause: error });
}

function reasonOf(code: string): string | null {
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    return 'The database file is locked by another process. Try again.';
  }
  if (code === 'SQLITE_FULL') return 'The disk of the database file is full.';
  if (code.startsWith('SQLITE_READONLY')) {
    return 'The database file cannot be written. Make the file and its folder writable for this user, or choose another SQLITE_PATH.';
  }
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB') {
    return 'The database file is damaged, or is no SQLite database. Put back a backup, or choose another SQLITE_PATH.';
  }
  if (code.startsWith('SQLITE_CANTOPEN')) {
    return 'The database file cannot be opened. Check that SQLITE_PATH names a file in a folder that this user may write.';
  }
  if (code.startsWith('SQLITE_IOERR')) return 'The disk of the database file failed.';
  return null;
}

/** How an error crosses from a thread: its cause as text, for the log. */
export interface ThreadError {
  code: string;
  message: string;
  details: Record<string, string | number>;
  cause: string | null;
}

export function toThreadError(error: unknown): ThreadError {
  const { code, message, details, cause } = toParleyError(error);
  return {
    code,
    message,
    details: { ...details },
    cause: cause instanceof Error ? (cause.stack ?? String(cause)) : null,
  };
}

export function fromThreadError({ code, message, details, cause }: ThreadError): ParleyError {
  return new ParleyError(
    code as ParleyError['code'],
    message,
    cause === null ? { details } : { details, cause },
  );
}
