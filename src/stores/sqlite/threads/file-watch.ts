import type { Database } from 'better-sqlite3';
import type { ParleyError } from '../../../domain/errors.js';
import { type FileIdentity, lostFile } from '../file/file-identity.js';

/** Whether the files are still those that were opened. When they go, what is in the write-ahead log is saved into the file, wherever it is. */
export interface FileWatch {
  /** Why nothing is written now; looks at all files. */
  look(): ParleyError | null;
  /** At each commit, so that it costs next to nothing: of the file alone, and of all three while one is lost or seems so. */
  lostNow(): ParleyError | null;
  /** What the last look has found. */
  known(): ParleyError | null;
}

export interface FileWatchParts {
  files: FileIdentity;
  notify(level: 'info' | 'error', text: string): void;
  /** They are gone; null: they are back. */
  onLost(lost: ParleyError | null): void;
}

export function createFileWatch(db: Database, { files, notify, onLost }: FileWatchParts): FileWatch {
  let lost: ParleyError | null = null;

  function look(): ParleyError | null {
    const was = lost;
    lost = lostFile(files);
    if ((lost === null) === (was === null)) return lost;
    onLost(lost);
    if (lost) {
      notify('error', `${lost.message} ${messageOf(lost.cause)}`);
      save();
    } else notify('info', 'the database file is back where it was; writes go on');
    return lost;
  }

  /** A file that was moved without its log is whole then, and a log that was removed has left nothing out. */
  function save(): void {
    try {
      db.pragma('wal_checkpoint(PASSIVE)');
    } catch (error) {
      notify(
        'error',
        `what is in the write-ahead log could not be saved into the file (${messageOf(error)})`,
      );
    }
  }

  return {
    look,
    lostNow: () => (lost || lostFile(files.slice(0, 1)) ? look() : null),
    known: () => lost,
  };
}

const messageOf = (error: unknown) => (error as Error).message;
