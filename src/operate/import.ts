import { ParleyError } from '../domain/errors.js';
import {
  type BesideRecord,
  isBeside,
  type TransferCounts,
  type TransferPart,
} from '../domain/sessions/transfer.js';
import { type BesideStores, gatherBeside } from './beside.js';
import { type BesideCounts, LineError } from './export-lines.js';
import { type GatheredPart, gatherParts, type LeftAt } from './gather-parts.js';
import { besideImport } from './import-beside.js';
import { readExport } from './read-export.js';

/** What is written together: large enough that a commit costs little beside it. */
const BATCH_BYTES = 1024 * 1024;
const BATCH_SESSIONS = 500;
/** Batches that are on their way: while some are written the next is there already. */
const UNDER_WAY = 4;

export interface ImportOptions {
  path: string;
  into: BesideStores;
  now(): Date;
  /** A viewer password for a session that comes without. */
  newPassword(): string;
  signal: AbortSignal;
  /** Bytes of the file that are read. */
  progress(read: number): void;
}

/** `left`: sessions that the database cannot hold, in the order of the file. */
export type Imported = Omit<TransferCounts, 'left'> & BesideCounts & { left: LeftAt[] };

/**
 * Writes what the file holds, whole sessions at a time (where one is larger than the store takes at once, in pieces). Batches
 * are written while the next are read. Run again it goes on. LineError where the file is wrong, of the first line that is: what was
 * written is whole.
 */
export async function importFile(options: ImportOptions): Promise<Imported> {
  const { path, into, signal, progress } = options;
  const store = into.transfer;
  const beside = besideImport(into);
  const besides = gatherBeside(beside.handler);
  const left: LeftAt[] = [];
  const sessions = gatherParts(store, options.newPassword, (one) => left.push(one));
  const total: TransferCounts = { sessions: 0, messages: 0, there: 0 };
  const writing: Promise<void>[] = [];
  let batch: GatheredPart[] = [];
  let batchBytes = 0;

  async function flush(): Promise<void> {
    const [parts, lines, firstLine] = [partsOf(batch), linesOf(batch), batch[0]?.line ?? 0];
    [batch, batchBytes] = [[], 0];
    if (parts.length === 0) return;
    if (writing.length === UNDER_WAY) await writing.shift();
    const written = store.write(parts, options.now()).then(
      (counts) => {
        total.sessions += counts.sessions;
        total.messages += counts.messages;
        total.there += counts.there;
        for (const one of counts.left ?? [])
          left.push({ ...one, line: lines.get(one.sessionId) ?? firstLine });
      },
      (error: unknown) => {
        throw atLine(error, firstLine);
      },
    );
    // It is waited for later; until then nobody else hears of it.
    written.catch(() => {});
    writing.push(written);
  }
  async function settle(): Promise<void> {
    while (writing.length > 0) await writing.shift();
  }
  function add(ended: GatheredPart | null): void {
    if (ended === null) return;
    batch.push(ended);
    batchBytes += ended.bytes;
  }
  /** The sessions come first. */
  async function endSessions(): Promise<void> {
    add(sessions.end());
    await flush();
    await settle();
  }
  async function takeBeside(record: BesideRecord, line: number): Promise<void> {
    await endSessions();
    await besides.take(record).catch((error: unknown) => {
      throw atLine(error, line);
    });
  }

  try {
    for await (const records of readExport(path)) {
      signal.throwIfAborted();
      for (const { record, line, bytes } of records) {
        if (isBeside(record)) await takeBeside(record, line);
        else add(sessions.take(record, line, bytes));
        if (batchBytes >= BATCH_BYTES || batch.length >= BATCH_SESSIONS) await flush();
      }
      const last = records.at(-1);
      if (last) progress(last.at);
    }
    await endSessions();
  } catch (error) {
    if (!(error instanceof LineError)) throw error;
    // Lines before it are read late, and may be wrong too.
    await settle();
    add(sessions.end());
    for (const { agents } of partsOf(batch)) for (const { messages } of agents) messages.read();
    throw error;
  }
  await besides.end();
  return { ...total, ...beside.counts, left: left.sort((a, b) => a.line - b.line) };
}

const linesOf = (gathered: readonly GatheredPart[]) =>
  new Map(gathered.map(({ part, line }) => [part.session.sessionId, line]));
const partsOf = (gathered: readonly GatheredPart[]): TransferPart[] => gathered.map(({ part }) => part);

/** Which session it was the store does not always say. */
function atLine(error: unknown, line: number): unknown {
  if (error instanceof LineError || !(error instanceof ParleyError) || error.code === 'STORE_UNAVAILABLE') {
    return error;
  }
  return new LineError(line, `what begins here cannot be stored: ${error.message}`);
}
