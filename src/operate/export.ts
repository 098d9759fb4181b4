import { type FileHandle, open, truncate } from 'node:fs/promises';
import { OLDEST_FIRST } from '../domain/sessions/oldest-first.js';
import type { SessionFilter, SessionKey, SessionStore } from '../domain/sessions/session-store.js';
import { isBeside, type TransferRecord } from '../domain/sessions/transfer.js';
import { type BesideStores, readBeside } from './beside.js';
import {
  countRecord,
  type ExportEnd,
  type ExportHeader,
  LineError,
  noneYet,
  readLines,
} from './export-lines.js';
import { headerOf } from './read-export.js';

/** Sessions whose ids are read at once, and what is gathered before it is written. */
const SESSIONS_AT_ONCE = 200;
const WRITE_BYTES = 1024 * 1024;
const FILE_MODE = 0o600;
const KIND = /^\{"kind":"([a-z]+)"/;

export interface ExportOptions {
  path: string;
  header: ExportHeader;
  filter: SessionFilter;
  sessions: Pick<SessionStore, 'findSessions' | 'countSessions'>;
  from: BesideStores;
  /** Goes on with a file that was cut off. */
  resume: boolean;
  signal: AbortSignal;
  /** What is written so far. */
  progress(counts: ExportEnd): void;
}

/** Where a file that was cut off goes on: before its last session, which may not be whole. */
interface Begun {
  at: number;
  after: SessionKey | null;
  counts: ExportEnd;
  ended: boolean;
}

/**
 * Writes the sessions in the order of their creation, and then what stands beside them. Rejects with EEXIST where the file is there
 * and is not gone on with.
 */
export async function exportFile(options: ExportOptions): Promise<ExportEnd> {
  const { path, header, resume, from, signal, progress } = options;
  const { secrets } = header;
  const begun = resume ? await readBegun(path, header) : null;
  if (begun?.ended) return begun.counts;
  if (begun) await truncate(path, begun.at);
  const file = await open(path, begun ? 'a' : 'wx', FILE_MODE);
  try {
    const counts = begun?.counts ?? noneYet();
    const write = gathering(file);
    const writePage = async (page: TransferRecord[]) => {
      signal.throwIfAborted();
      for (const record of page) {
        countRecord(counts, record);
        await write(record);
      }
      progress(counts);
    };
    if (!begun) await write(header);
    for await (const sessionId of sessionIds(options, begun?.after ?? null)) {
      for await (const page of from.transfer.read(sessionId, { secrets })) await writePage(page);
    }
    for await (const page of readBeside(from, { moves: movesBy(options), secrets })) await writePage(page);
    await write(counts);
    await write(null);
    await file.sync();
    return counts;
  } finally {
    await file.close();
  }
}

/** Null where everything does. */
function movesBy({ header, filter, sessions }: ExportOptions) {
  if (header.filter === null) return null;
  return async (sessionId: string) =>
    (await sessions.countSessions({ and: [{ sessionIds: [sessionId] }, filter] })) > 0;
}

/** Gathers lines; null writes what is left. */
function gathering(file: FileHandle): (line: object | null) => Promise<void> {
  let lines: string[] = [];
  let length = 0;
  return async (line) => {
    if (line !== null) {
      const text = `${JSON.stringify(line)}\n`;
      lines.push(text);
      length += text.length;
      if (length < WRITE_BYTES) return;
    }
    const text = lines.join('');
    [lines, length] = [[], 0];
    await file.appendFile(text);
  };
}

async function* sessionIds(
  { sessions, filter }: ExportOptions,
  from: SessionKey | null,
): AsyncGenerator<string> {
  for (let after = from; ; ) {
    const { sessions: found, hasMore } = await sessions.findSessions({
      filter,
      limit: SESSIONS_AT_ONCE,
      parts: [],
      ...OLDEST_FIRST,
      after,
    });
    for (const { sessionId } of found) yield sessionId;
    const last = found.at(-1);
    if (!hasMore || !last) return;
    after = { value: last.createdAt?.getTime() ?? null, sessionId: last.sessionId };
  }
}

/** Where the file goes on: what stands beside the sessions is written anew, and so is its last session, which may not be whole. */
async function readBegun(path: string, wanted: ExportHeader): Promise<Begun | null> {
  let last: { at: number; key: SessionKey; counts: ExportEnd } | null = null;
  let before: SessionKey | null = null;
  let beside: Begun | null = null;
  let end = 0;
  const counts = noneYet();
  try {
    for await (const lines of readLines(path)) {
      for (const { number, text, at, bytes, whole } of lines) {
        if (!whole) continue;
        end = at + bytes;
        const kind = KIND.exec(text)?.[1] ?? '';
        if (number === 1) checkHeader(headerOf(JSON.parse(text)), wanted);
        else if (kind === 'session') {
          const { sessionId, createdAt } = JSON.parse(text);
          const key = { value: createdAt === null ? null : Date.parse(createdAt), sessionId };
          before = last?.key ?? null;
          last = { at, key, counts: { ...counts } };
        } else if (isBeside({ kind })) {
          beside ??= { at, after: last?.key ?? null, counts: { ...counts }, ended: false };
        } else if (kind === 'end') return { at: end, after: null, counts: JSON.parse(text), ended: true };
        countRecord(counts, { kind });
      }
    }
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return null;
    throw error;
  }
  if (end === 0) {
    throw new LineError(1, 'not even the first line is whole. Remove the file and export again');
  }
  if (beside) return beside;
  if (!last) return { at: end, after: null, counts, ended: false };
  return { at: last.at, after: before, counts: last.counts, ended: false };
}

function checkHeader(found: ExportHeader, wanted: ExportHeader): void {
  for (const name of ['version', 'from', 'secrets', 'filter'] as const) {
    if (JSON.stringify(found[name]) === JSON.stringify(wanted[name])) continue;
    throw new LineError(
      1,
      `${name} is ${JSON.stringify(found[name])} there and ${JSON.stringify(wanted[name])} here. Export to another file`,
    );
  }
}
