import { ParleyError } from '../domain/errors.js';
import type {
  TransferAgent,
  TransferCounts,
  TransferMessage,
  TransferPart,
  TransferStore,
} from '../domain/sessions/transfer.js';
import { LineError } from './export-lines.js';
import { readExport } from './read-export.js';

/** What is written together: large enough that a commit costs little beside it. */
const BATCH_BYTES = 4 * 1024 * 1024;
const BATCH_SESSIONS = 500;

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
 * Writes what the file holds, whole sessions at a time (where one is larger than the store takes at once, in pieces). One batch is
 * written while the next is read. Run again it goes on. LineError where the file is wrong: what was written is whole.
 */
export async function importFile(options: ImportOptions): Promise<TransferCounts> {
  const { path, store, signal, progress } = options;
  const total: TransferCounts = { sessions: 0, messages: 0, there: 0 };
  let writing: Promise<void> = Promise.resolve();
  let batch: Gathered = { parts: [], bytes: 0, firstLine: 0 };
  let part: TransferPart | null = null;
  let [partBytes, partLine] = [0, 0];

  async function flush(): Promise<void> {
    const { parts, firstLine } = batch;
    batch = { parts: [], bytes: 0, firstLine: 0 };
    await writing;
    if (parts.length === 0) return;
    writing = store.write(parts, options.now()).then(
      (counts) => {
        total.sessions += counts.sessions;
        total.messages += counts.messages;
        total.there += counts.there;
      },
      (error: unknown) => {
        throw atLine(error, firstLine);
      },
    );
    // It is waited for at the next flush; until then nobody else hears of it.
    writing.catch(() => {});
  }
  async function endPart(): Promise<void> {
    if (part === null) return;
    if (batch.parts.length === 0) batch.firstLine = partLine;
    batch.parts.push(part);
    batch.bytes += partBytes;
    part = null;
    if (batch.bytes >= BATCH_BYTES || batch.parts.length >= BATCH_SESSIONS) await flush();
  }
  const begin = (next: TransferPart, line: number) => {
    [part, partBytes, partLine] = [next, 0, line];
  };

  for await (const { record, line, bytes, at } of readExport(path)) {
    signal.throwIfAborted();
    if (record.kind === 'session') {
      await endPart();
      record.viewerPassword ??= options.newPassword();
      begin({ session: record, continues: false, agents: [] }, line);
    } else {
      const current = part as unknown as TransferPart;
      if (record.kind === 'agent') addAgent(current, record);
      else addMessage(current, record);
      if (partBytes > store.partBytes) {
        const { session } = current;
        if (!store.splits) {
          const id = JSON.stringify(session.sessionId);
          throw new LineError(
            line,
            `session ${id} is too large for this database: its lines pass ${store.partBytes} bytes`,
          );
        }
        const open = current.agents.at(-1);
        if (open) open.ends = false;
        await endPart();
        begin(
          { session, continues: true, agents: open ? [{ ...open, messages: [], ends: true }] : [] },
          line,
        );
      }
    }
    partBytes += bytes;
    progress(at);
  }
  await endPart();
  await flush();
  await writing;
  return total;
}

const addAgent = ({ agents }: TransferPart, agent: TransferAgent) =>
  void agents.push({ agent, messages: [], ends: true });

const addMessage = ({ agents }: TransferPart, message: TransferMessage) =>
  void agents.at(-1)?.messages.push(message);

/** Which session it was the store does not always say. */
function atLine(error: unknown, line: number): unknown {
  if (!(error instanceof ParleyError) || error.code === 'STORE_UNAVAILABLE') return error;
  return new LineError(line, `what begins here cannot be stored: ${error.message}`);
}
