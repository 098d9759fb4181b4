import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { ParleyError } from '../../../domain/errors.js';
import type { Backup, BackupOptions } from '../../opened-store.js';
import { toParleyError } from '../sqlite-error.js';
import { fileBytes } from './auto-vacuum.js';
import { openCopy, openReader } from './connection.js';

/** Pages of one step: some 4 MB, between which the process can be told to stop. */
const STEP_PAGES = 1_000;
const COPY_MODE = 0o600;
const PARTIAL = /\.[0-9a-f]{12}\.partial(-journal|-wal|-shm)?$/;
const LEFT_AFTER_MS = 60 * 60 * 1_000;

/**
 * Copies the file by SQLite's online backup, page by page, as it is at this moment, whatever is written meanwhile. The copy has its
 * name only once it is whole, checked and on the disk. BAD_USER_INPUT where it may not go there, STORE_UNAVAILABLE with what failed.
 */
export async function backUp({ from, to, force, signal, progress }: BackupOptions): Promise<Backup> {
  checkNames(from, to, force);
  removeLeftOf(to);
  const partial = `${to}.${randomBytes(6).toString('hex')}.partial`;
  try {
    const bytes = await copy(from, partial, { signal, progress });
    check(partial);
    toDisk(partial);
    give(partial, to, force);
    toDisk(dirname(resolve(to)));
    return { bytes };
  } catch (error) {
    throw signal.aborted || error instanceof ParleyError ? error : failed(error, partial);
  } finally {
    for (const end of ['', '-journal', '-wal', '-shm']) rmSync(`${partial}${end}`, { force: true });
  }
}

/** What a command that was killed has left of a copy to this name: it holds conversations, and nobody else would remove it. One that is being made is written to all the time. */
function removeLeftOf(to: string): void {
  const folder = dirname(resolve(to));
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(`${basename(to)}.`) || !PARTIAL.test(name)) continue;
    const path = join(folder, name);
    const changedAt = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY;
    if (changedAt < Date.now() - LEFT_AFTER_MS) rmSync(path, { force: true });
  }
}

function checkNames(from: string, to: string, force: boolean): void {
  const there = statSync(to, { throwIfNoEntry: false });
  if (there === undefined) {
    if (existsSync(dirname(resolve(to)))) return;
    throw refused(`there is no folder ${dirname(resolve(to))}. Make it first`);
  }
  if (!there.isFile()) throw refused(`${to} is no file. Name one`);
  if (realpathSync(to) === realpathSync(from))
    throw refused(`${to} is the database itself. Name another file`);
  if (!force) throw refused(`${to} is there already. Name another file, or overwrite it with --force`);
  for (const end of ['-wal', '-journal']) {
    if (!existsSync(`${to}${end}`)) continue;
    throw refused(`${to}${end} lies beside it: ${to} is in use, or was left by a crash. Name another file`);
  }
}

/**
 * In a read transaction: without it, each write of another process would begin the copy anew, and beside a busy server it would
 * never end.
 */
async function copy(
  from: string,
  partial: string,
  { signal, progress }: Pick<BackupOptions, 'signal' | 'progress'>,
): Promise<number> {
  const source = openSource(from);
  try {
    source.exec('BEGIN');
    // A transaction begins with its first read.
    source.prepare('SELECT count(*) FROM sqlite_schema').get();
    const bytes = fileBytes(source);
    checkRoom(partial, bytes);
    // Made here, so that nobody else can read it at any time.
    closeSync(openSync(partial, 'wx', COPY_MODE));
    await source.backup(partial, {
      progress({ totalPages, remainingPages }) {
        signal.throwIfAborted();
        if (totalPages > 0) progress(((totalPages - remainingPages) / totalPages) * bytes, bytes);
        return STEP_PAGES;
      },
    });
    return bytes;
  } finally {
    source.close();
  }
}

function openSource(from: string) {
  try {
    return openReader(from);
  } catch (error) {
    throw toParleyError(error);
  }
}

function checkRoom(partial: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(dirname(resolve(partial)));
  if (bavail * bsize >= bytes) return;
  throw refused(`the copy takes ${bytes} bytes, and its disk has ${bavail * bsize} left`);
}

/** One file without a log beside it, as whoever moves it expects; a server that opens it turns the log on again. */
function check(partial: string): void {
  const db = openCopy(partial);
  try {
    db.pragma('journal_mode = DELETE');
    const found = db.pragma('integrity_check(3)', { simple: true });
    if (found !== 'ok') throw damaged(new Error(String(found)));
  } finally {
    db.close();
  }
}

/** Under its own name; what has appeared there meanwhile is not overwritten. */
function give(partial: string, to: string, force: boolean): void {
  if (force) {
    renameSync(partial, to);
    return;
  }
  try {
    linkSync(partial, to);
  } catch (error) {
    if ((error as { code?: string }).code === 'EEXIST' || existsSync(to)) {
      throw refused(`${to} has appeared meanwhile. Name another file, or overwrite it with --force`);
    }
    // A file system without hard links.
    renameSync(partial, to);
  }
}

function toDisk(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

const refused = (text: string) => new ParleyError('BAD_USER_INPUT', `${text}.`);

const damaged = (cause: unknown) =>
  new ParleyError(
    'STORE_UNAVAILABLE',
    'The copy does not pass its integrity check, and was removed: the database file is damaged. parley doctor says where.',
    { cause },
  );

/** The database itself was opened: what fails then is mostly where the copy goes. */
function failed(error: unknown, partial: string): ParleyError {
  const code = String((error as { code?: unknown } | null)?.code);
  if (/^(SQLITE_(FULL|IOERR|CANTOPEN|READONLY|PERM)|E[A-Z]+$)/.test(code)) {
    const folder = dirname(resolve(partial));
    return new ParleyError('STORE_UNAVAILABLE', `The copy cannot be written to ${folder} (${code}).`, {
      cause: error,
    });
  }
  return code.startsWith('SQLITE_CORRUPT') ? damaged(error) : toParleyError(error);
}
