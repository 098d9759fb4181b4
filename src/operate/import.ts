import { ParleyError } from '../domain/errors.js';
import {
  type BesideRecord,
  isBeside,
  type SessionRecord,
  type TransferAgent,
  type TransferCounts,
  type TransferMessage,
  type TransferPart,
  type TransferSession,
} from '../domain/sessions/transfer.js';
import { type BesideStores, gatherBeside } from './beside.js';
import { type BesideCounts, LineError } from './export-lines.js';
import { besideImport } from './import-beside.js';
import { readExport } from './read-export.js';

/** What is written together: large enough that a commit costs little beside it. */
const BATCH_BYTES = 4 * 1024 * 1024;
const BATCH_SESSIONS = 500;
/** Batches that are on their way: while one is written the next is there already. */
const UNDER_WAY = 2;

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

interface Gathered {
  parts: TransferPart[];
  bytes: number;
  firstLine: number;
}

/**
 * Writes what the file holds, whole sessions at a time (where one is larger than the store takes at once, in pieces). Batches
 * are written while the next are read. Run again it goes on. LineError where the file is wrong: what was written is whole.
 */
export async function importFile(options: ImportOptions): Promise<TransferCounts & BesideCounts> {
  const { path, into, signal, progress } = options;
  const store = into.transfer;
  const beside = besideImport(into);
  const gathered = gatherBeside(beside.handler);
  const total: TransferCounts = { sessions: 0, messages: 0, there: 0 };
  const writing: Promise<void>[] = [];
  let batch: Gathered = { parts: [], bytes: 0, firstLine: 0 };
  let part: TransferPart | null = null;
  let [partBytes, partLine] = [0, 0];

  async function flush(): Promise<void> {
    const { parts, firstLine } = batch;
    batch = { parts: [], bytes: 0, firstLine: 0 };
    if (parts.length === 0) return;
    if (writing.length === UNDER_WAY) await writing.shift();
    const written = store.write(parts, options.now()).then(
      (counts) => {
        total.sessions += counts.sessions;
        total.messages += counts.messages;
        total.there += counts.there;
      },
      (error: unknown) => {
        throw atLine(error, firstLine);
      },
    );
    // It is waited for later; until then nobody else hears of it.
    written.catch(() => {});
    writing.push(written);
  }
  function endPart(): void {
    if (part === null) return;
    if (batch.parts.length === 0) batch.firstLine = partLine;
    batch.parts.push(part);
    batch.bytes += partBytes;
    part = null;
  }
  const begin = (next: TransferPart, line: number) => {
    [part, partBytes, partLine] = [next, 0, line];
  };
  function take(record: SessionRecord, line: number, bytes: number): void {
    if (record.kind === 'session') {
      endPart();
      record.viewerPassword ??= options.newPassword();
      begin({ session: record, continues: false, agents: [] }, line);
    } else {
      const current = part as unknown as TransferPart;
      if (record.kind === 'agent') addAgent(current, record);
      else addMessage(current, record);
      if (partBytes > store.partBytes) {
        const { session } = current;
        if (!store.splits) throw tooLarge(line, session, store.partBytes);
        const open = current.agents.at(-1);
        if (open) open.ends = false;
        endPart();
        const rest = open ? [{ ...open, messages: [], ends: true }] : [];
        begin({ session, continues: true, agents: rest }, line);
      }
    }
    partBytes += bytes;
  }

  async function takeBeside(record: BesideRecord, line: number): Promise<void> {
    // The sessions come first.
    endPart();
    await flush();
    await gathered.take(record).catch((error: unknown) => {
      throw atLine(error, line);
    });
  }

  for await (const records of readExport(path)) {
    for (const { record, line, bytes, at } of records) {
      signal.throwIfAborted();
      if (isBeside(record)) await takeBeside(record, line);
      else take(record, line, bytes);
      if (batch.bytes >= BATCH_BYTES || batch.parts.length >= BATCH_SESSIONS) await flush();
      progress(at);
    }
  }
  endPart();
  await flush();
  await Promise.all(writing);
  await gathered.end();
  return { ...total, ...beside.counts };
}

const tooLarge = (line: number, { sessionId }: TransferSession, partBytes: number) =>
  new LineError(
    line,
    `session ${JSON.stringify(sessionId)} is too large for this database: its lines pass ${partBytes} bytes`,
  );

const addAgent = ({ agents }: TransferPart, agent: TransferAgent) =>
  void agents.push({ agent, messages: [], ends: true });

const addMessage = ({ agents }: TransferPart, message: TransferMessage) =>
  void agents.at(-1)?.messages.push(message);

/** Which session it was the store does not always say. */
function atLine(error: unknown, line: number): unknown {
  if (!(error instanceof ParleyError) || error.code === 'STORE_UNAVAILABLE') return error;
  return new LineError(line, `what begins here cannot be stored: ${error.message}`);
}
