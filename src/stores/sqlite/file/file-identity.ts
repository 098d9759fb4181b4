import { realpathSync, statSync } from 'node:fs';
import { ParleyError } from '../../../domain/errors.js';

/** The files of an open database by name, each with its device and inode: what is written goes to these, whatever their names lead to later. */
export type FileIdentity = readonly { readonly name: string; readonly inode: string }[];

/** Of a database that is open, in WAL mode: then all three files are there. The two beside it are named by where a link leads. */
export function identifyFiles(path: string): FileIdentity {
  const target = realpathSync(path);
  return [path, `${target}-wal`, `${target}-shm`].map((name) => ({ name, inode: inodeOf(name) ?? 'none' }));
}

/**
 * Null while all files are where they were. Else the refusal: what is written to a removed file is gone with the last process
 * that has it open. A file that is moved back is the old one again.
 */
export function lostFile(files: FileIdentity): ParleyError | null {
  for (const { name, inode } of files) {
    const found = inodeOf(name);
    if (found === inode) continue;
    const what = found === null ? 'was removed or moved' : 'was replaced by another file';
    return new ParleyError(
      'STORE_UNAVAILABLE',
      `The database file ${what} while the server runs, so that nothing is written any more. Move the old one back, or restart the server.`,
      { cause: new Error(`${name}: inode ${inode} has become ${found ?? 'none'}`) },
    );
  }
  return null;
}

function inodeOf(name: string): string | null {
  try {
    const found = statSync(name, { throwIfNoEntry: false });
    return found ? `${found.dev}:${found.ino}` : null;
  } catch {
    return null;
  }
}
