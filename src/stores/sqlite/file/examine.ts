import { accessSync, constants, existsSync, realpathSync, statfsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Database } from 'better-sqlite3';
import type { ParleyError } from '../../../domain/errors.js';
import { type Finding, failing, sound, warning } from '../../../domain/finding.js';
import type { Examination, ExamineOptions } from '../../opened-store.js';
import { toParleyError } from '../sqlite-error.js';
import { givesBack, REWRITE_BY_HAND } from './auto-vacuum.js';
import { openReader, openScratch } from './connection.js';
import { missingMetadataIndexes } from './metadata-indexes.js';
import { migrate, SCHEMA_VERSION } from './migrate.js';

/** Below these every write is at risk, or soon. */
const FREE_AT_LEAST = 32 * 1024 * 1024;
const FREE_WISHED = 256 * 1024 * 1024;
/** A clock may be a little behind that of the process that wrote last. */
const CLOCK_SLACK_MS = 5_000;

/** Magic numbers of Linux (statfs(2)): file systems of other machines, whose locks SQLite cannot rely on, and of memory. */
const REMOTE = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x5346414f, 'AFS'],
  [0x00c36400, 'Ceph'],
  [0x0bd00bd0, 'Lustre'],
]);
const MEMORY = new Set([0x01021994, 0x858458f6]);

/** Looks at the file without a write to it. `usable`: a store may be opened on it without bringing it up to date. */
export function examineSqlite(path: string, { metadataIndexes, now }: ExamineOptions): Examination {
  const file = resolve(path);
  const there = statSync(file, { throwIfNoEntry: false });
  const folder = nearestFolder(there ? dirname(realpathSync(file)) : dirname(file));
  const findings = [fileSystem(folder), space(folder, there?.size ?? 0)];
  if (!there) {
    const writable = mayWrite(folder);
    findings.unshift(
      writable
        ? sound('file', `there is no ${file} yet; the first start makes it`)
        : failing(
            'file',
            `there is no ${file}, and this user may not write ${folder}`,
            'Make that folder writable, or choose another SQLITE_PATH.',
          ),
    );
    return { findings, usable: false };
  }
  findings.unshift(rights(file, folder));
  try {
    const db = openReader(file);
    try {
      const version = db.pragma('user_version', { simple: true }) as number;
      findings.push(schemaVersion(version), integrity(db));
      if (version !== SCHEMA_VERSION) return { findings, usable: false };
      findings.push(indexes(db, metadataIndexes), freedSpace(db), clock(db, now));
      return { findings, usable: findings.every(({ level }) => level !== 'fail') };
    } finally {
      db.close();
    }
  } catch (error) {
    findings.push(unreadable(toParleyError(error)));
    return { findings, usable: false };
  }
}

function rights(file: string, folder: string): Finding {
  if (!statSync(file).isFile()) {
    return failing('file', `${file} is no file`, 'Name a file in SQLITE_PATH.');
  }
  if (!mayWrite(file) || !mayWrite(folder)) {
    return failing(
      'file',
      `this user may not write ${mayWrite(file) ? folder : file}`,
      'Run this as the user of the server; as that user, make the file and its folder writable.',
    );
  }
  const { mode } = statSync(file);
  if (process.platform !== 'win32' && (mode & 0o007) !== 0) {
    return warning(
      'file',
      `everyone on this machine may open ${file} (mode ${(mode & 0o777).toString(8)}); it holds viewer passwords`,
      `chmod 600 ${file}`,
    );
  }
  return sound('file', file);
}

function fileSystem(folder: string): Finding {
  // Other systems number their file systems otherwise.
  const type = process.platform === 'linux' ? statfsSync(folder).type >>> 0 : 0;
  const remote = REMOTE.get(type);
  if (remote !== undefined) {
    return warning(
      'file system',
      `${folder} is on ${remote}, whose locks and shared memory SQLite cannot rely on: the file may be damaged`,
      'Choose a SQLITE_PATH on a local disk, or MONGODB_URI.',
    );
  }
  if (MEMORY.has(type)) {
    return warning(
      'file system',
      `${folder} is in memory: it is empty after a restart of the machine`,
      'Choose a SQLITE_PATH on a disk.',
    );
  }
  return sound('file system', `${folder} is on a local file system`);
}

function space(folder: string, fileBytes: number): Finding {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const found = `${megabytes(free)} MB are free on the disk of ${folder}, and the file has ${megabytes(fileBytes)} MB`;
  const todo = 'Make room: writes stop when the disk is full.';
  if (free < FREE_AT_LEAST) return failing('space', found, todo);
  return free < FREE_WISHED ? warning('space', found, todo) : sound('space', found);
}

function schemaVersion(version: number): Finding {
  if (version === SCHEMA_VERSION)
    return sound('version', `the schema is of version ${version}, which is this Parley's`);
  if (version > SCHEMA_VERSION) {
    return failing(
      'version',
      `the schema is of version ${version}, and this Parley knows versions up to ${SCHEMA_VERSION}`,
      'Run a newer Parley, or choose another SQLITE_PATH.',
    );
  }
  return warning(
    'version',
    `the schema is of version ${version}; the next start brings it to ${SCHEMA_VERSION}, which older versions then refuse`,
    'Make a copy with parley backup, then start this version.',
  );
}

function integrity(db: Database): Finding {
  const found = db.pragma('integrity_check(3)') as { integrity_check: string }[];
  const lost = db.pragma('foreign_key_check') as unknown[];
  const lines = found.map((row) => row.integrity_check).filter((line) => line !== 'ok');
  if (lines.length > 0) {
    return failing(
      'integrity',
      `the file is damaged: ${lines.join('; ').replace(/\s*\n\s*/g, ' ')}`,
      'Stop the server and put back a backup; sqlite3 FILE ".recover" reads what can be read of this one.',
    );
  }
  if (lost.length > 0) {
    return failing(
      'integrity',
      `${lost.length} rows belong to a session or an agent that is not there`,
      'Another program has changed the file. Put back a backup.',
    );
  }
  return sound('integrity', 'the integrity check finds nothing');
}

/** Against a new database in memory: everything that is made in it has to be in the file. */
function indexes(db: Database, metadataIndexes: readonly string[]): Finding {
  const namesIn = (one: Database) =>
    one.prepare(`SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'`).pluck().all() as string[];
  const scratch = openScratch();
  try {
    migrate(scratch);
    const there = new Set(namesIn(db));
    const missing = namesIn(scratch).filter((name) => !there.has(name));
    if (missing.length > 0) {
      return failing(
        'indexes',
        `the file lacks ${missing.join(', ')}`,
        'Another program has changed the file. Put back a backup, or parley export and parley import into a new one.',
      );
    }
  } finally {
    scratch.close();
  }
  const paths = missingMetadataIndexes(db, metadataIndexes);
  if (paths.length > 0) {
    return warning(
      'indexes',
      `${paths.join(', ')} of METADATA_INDEXES is not indexed`,
      'Start the server with this METADATA_INDEXES: it makes the index.',
    );
  }
  return sound('indexes', 'every index is there');
}

function freedSpace(db: Database): Finding {
  if (givesBack(db)) {
    return sound('freed space', 'what deletions free is given back to the disk');
  }
  return warning(
    'freed space',
    'deletions give no space of the file back: it is of an earlier version',
    REWRITE_BY_HAND,
  );
}

function clock(db: Database, now: Date): Finding {
  const newest = db
    .prepare(
      `SELECT max(coalesce((SELECT updated_at FROM sessions ORDER BY updated_at DESC LIMIT 1), 0),
                  coalesce((SELECT written_at FROM changes ORDER BY id DESC LIMIT 1), 0))`,
    )
    .pluck()
    .get() as number;
  if (newest <= now.getTime() + CLOCK_SLACK_MS) return sound('clock', now.toISOString());
  return warning(
    'clock',
    `it is ${now.toISOString()} here, and the newest write is of ${new Date(newest).toISOString()}`,
    'Set the clock of this machine (NTP): new messages get the time of older ones until then.',
  );
}

const unreadable = (error: ParleyError): Finding =>
  failing(
    'integrity',
    error.message.replace(/\.$/, ''),
    'What to do is in this message; the file was not changed.',
  );

function mayWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Of a path whose folders are still to be made, the one that is there. */
const nearestFolder = (folder: string): string =>
  existsSync(folder) || dirname(folder) === folder ? folder : nearestFolder(dirname(folder));

const megabytes = (count: number) => Math.round(count / 1e6);
