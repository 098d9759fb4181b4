import { ParleyError } from '../domain/errors.js';
import type {
  TransferAgent,
  TransferCounts,
  TransferMessage,
  TransferPart,
  TransferSession,
  TransferStore,
} from '../domain/sessions/transfer.js';
import { LineError } from './export-lines.js';
import { type ReadRecord, readExport } from './read-export.js';

/** What is written together: large enough that a commit costs little beside it. */
const BATCH_BYTES = 4 * 1024 * 1024;
const BATCH_SESSIONS = 500;
/** Batches that are on their way: while one is written the next is there already. */
const UNDER_WAY = 2;

export interface ImportOptions {
  path: string;
  store: TransferStore;
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
export async function importFile(options: ImportOptions): Promise<TransferCounts> {
  const { path, store, signal, progress } = options;
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
  function take({ record, line, bytes }: ReadRecord): void {
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

  for await (const records of readExport(path)) {
    for (const record of records) {
      signal.throwIfAborted();
      take(record);
      if (batch.bytes >= BATCH_BYTES || batch.parts.length >= BATCH_SESSIONS) await flush();
      progress(record.at);
    }
  }
  endPart();
  await flush();
  await Promise.all(writing);
  return total;
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
