import { randomInt } from 'node:crypto';
import type { Logger } from 'pino';
import { attempt, type Later } from '../../domain/async/later.js';
import { orAfter } from '../../domain/async/pause.js';
import { ParleyError } from '../../domain/errors.js';
import { HistoryLost, type Remains, type SessionStore } from '../../domain/sessions/session-store.js';
import type { StoredSnapshot } from '../../domain/sessions/snapshot-store.js';
import type { OpenedStore, SqliteOptions } from '../opened-store.js';
import { sqliteAccess } from './access-store.js';
import { createChangeBell, followChanges } from './change-feed.js';
import { hasGiven, LEAP, readHistory } from './change-log.js';
import { openReader } from './file/connection.js';
import { type FileIdentity, identifyFiles, lostFile } from './file/file-identity.js';
import { checkMetadataIndexes } from './file/metadata-indexes.js';
import { type Found, readWithin } from './reads/budgeted-read.js';
import { createLoads } from './reads/loads.js';
import type { SessionCount } from './reads/page-sql.js';
import { isBounded } from './reads/read-sessions.js';
import { type Scanners, startScanners } from './reads/scanners.js';
import { sqliteReplies } from './replies.js';
import { checkSnapshotSize, findSnapshot } from './snapshots.js';
import { toParleyError } from './sqlite-error.js';
import { prepareOnce } from './statements.js';
import { walBytes } from './threads/housekeeping.js';
import { startThread } from './threads/thread.js';
import type { ReaderData, WriteInput, WriterData, Writes } from './threads/thread-protocol.js';
import { createSqliteTransfer } from './transfer.js';
import { sqliteWebhooks } from './webhook-store.js';
import { type AppendAnswer, appendedMessages, copyOf } from './writes/appended.js';
import { type Given, wholeMessage } from './writes/given-message.js';

/** How often other processes' commits are looked for, and how long a filter may scan. */
const POLL_MS = 50;
const SCAN_LIMIT_MS = 10_000;
/** Of one turn of the event loop, in ms, what the reads of one caller take that an index answers. */
const READ_SLICE_MS = 10;
/** Threads that scan, each for another caller. */
const SCANNERS = 3;
/** How long a search for what was erased waits for readers that keep it in the write-ahead log. */
const ERASED_WITHIN_MS = 5_000;

export interface SharedOptions {
  metadataIndexes: readonly string[] | null;
  log: Logger;
  /** Milliseconds; 10 s where absent. */
  scanLimitMs?: number;
  /** How long a search for what was erased waits for readers, in ms; 5 s where absent. */
  erasedWithinMs?: number;
  /** How long opening the file may take, in ms; 20 s where absent. */
  openLimitMs?: number;
  /** How much the write-ahead log may hold while scans keep it, in bytes; 512 MiB where absent. */
  mostLogBytes?: number;
  /** What one caller's reads take of a turn of the event loop, in ms; 10 where absent. */
  readSliceMs?: number;
}

/**
 * Opens the file: one thread writes, one runs what may scan, and this one reads what an index answers. STORE_UNAVAILABLE
 * says what is wrong with the file and what to do.
 */
export async function openSqliteStore(options: SqliteOptions, shared: SharedOptions): Promise<OpenedStore> {
  const { path, synchronous, serves = false } = options;
  const {
    metadataIndexes,
    log,
    scanLimitMs = SCAN_LIMIT_MS,
    erasedWithinMs = ERASED_WITHIN_MS,
    openLimitMs,
    mostLogBytes,
    readSliceMs = READ_SLICE_MS,
  } = shared;
  checkMetadataIndexes(metadataIndexes ?? []);
  const onDeath = (error: unknown) => log.error({ err: error }, 'a database thread has died');
  const limit = openLimitMs === undefined ? {} : { openLimitMs };
  let files: FileIdentity | null = null;
  let scanners: Pick<Scanners, 'hold'> | null = null;
  let lost: ParleyError | null = null;
  const writer = await startThread({
    module: 'writer-thread',
    data: () => {
      const leap = serves ? randomInt(LEAP, 2 * LEAP) : 0;
      return { path, synchronous, metadataIndexes, files, mostLogBytes, leap } satisfies WriterData;
    },
    onCommitted: () => bell.ring(),
    onNotice: (level, text) => log[level]({ path }, text),
    onHeld: (held) => scanners?.hold(held),
    onLost(reason) {
      lost = reason;
      // Whoever follows is told.
      bell.ring();
    },
    onDeath,
    ...limit,
  });
  const opened = identifyFiles(path);
  files = opened;
  const db = openReader(path);
  const statements = prepareOnce(db);
  const bell = createChangeBell(statements, POLL_MS);
  const startScanner = () =>
    startThread({
      module: 'reader-thread',
      data: () => ({ path, scanLimitMs, files: opened }) satisfies ReaderData,
      onDeath,
      ...limit,
    });
  const scanner = await startScanners(startScanner, SCANNERS);
  scanners = scanner;
  const closing = new AbortController();

  /** What is there is not waited for; what fails is rejected with. */
  const readLater = <T>(query: () => Later<T>): Later<T> =>
    closing.signal.aborted
      ? Promise.reject(closed())
      : attempt<T, T>(query, (error) =>
          Promise.reject(error instanceof HistoryLost ? error : toParleyError(error)),
        );
  const read = async <T>(query: () => Later<T>): Promise<T> => readLater(query);
  const write = <M extends Writes>(method: M) =>
    ((input: WriteInput<M>, caller?: string) =>
      writer.call(method, input, { caller })) as unknown as SessionStore[M];

  const writeMessage = (method: Writes) => async (input: object, caller?: string) =>
    wholeMessage((await writer.call(method, input, { caller })) as Given);

  const { load, inTurn } = createLoads({ db, statements, scanner, read: readLater, sliceMs: readSliceMs });

  const sessions: SessionStore = {
    findSessions: async (query, budget) =>
      load('findSessions', query, budget, { scans: !isBounded(query, metadataIndexes ?? []) }),
    countSessions: (filter, within, budget) =>
      scanner.call(
        'countSessions',
        { filter, within } satisfies SessionCount,
        budget?.caller,
      ) as Promise<number>,
    loadSessions: (ids, parts, budget) => load('loadSessions', { ids, parts }, budget),
    loadAgents: (requests, budget) => load('loadAgents', requests, budget),
    loadSuperseding: async (requests, budget) => load('loadSuperseding', requests, budget),
    loadMessages: async (addresses, parts, budget) => load('loadMessages', { addresses, parts }, budget),
    loadUsage: async (requests, budget) => load('loadUsage', requests, budget),
    loadFeedback: async (places, budget) => load('loadFeedback', places, budget),
    createSession: write('createSession'),
    deleteSession: (sessionId, now, caller) =>
      writer.call('deleteSession', { sessionId, now }, { caller }) as Promise<boolean>,
    expireSession: (input) =>
      input.dryRun
        ? (scanner.call('isExpired', input) as Promise<boolean>)
        : (writer.call('expireSession', input) as Promise<boolean>),
    async remainsOf(sessionIds, caller) {
      const erased = writer.call('whenErased', {}).then(() => 0);
      const bytes = await orAfter(erased, erasedWithinMs, closing.signal, () => walBytes(path));
      const remains = (await scanner.call('remainsOf', { sessionIds }, caller)) as Remains[];
      return [...remains, { place: 'write-ahead log', left: bytes }];
    },
    upsertAgent: write('upsertAgent'),
    async appendMessages(input, caller) {
      const [answer, sent] = await Promise.all([
        writer.call('appendMessages', input, { caller }),
        // Whoever owns the process may go on to change what it gave. Behind the call: it is copied while the thread writes.
        caller === undefined ? copyOf(input) : input,
      ]);
      return appendedMessages(sent, answer as AppendAnswer);
    },
    recordMetrics: writeMessage('recordMetrics'),
    redactMessage: writeMessage('redactMessage'),
    recordGuardrailEvent: writeMessage('recordGuardrailEvent'),
    changeMetadata: write('changeMetadata'),
    addFeedback: write('addFeedback'),
    async *changes({ after, signal }) {
      if (closing.signal.aborted) throw closed();
      const feed = { statements, bell, lost: () => lost };
      yield* followChanges(feed, after, AbortSignal.any([signal, closing.signal]));
    },
    hasGiven: (position) => read(() => hasGiven(statements, position)),
    history: (query) => read(() => readHistory(statements, query)),
    ping: () => read(() => void statements.get('SELECT through FROM pruned')),
    tryWrite: () => writer.call('tryWrite', {}) as Promise<void>,
    async close() {
      closing.abort();
      bell.close();
      // The last connection to close removes the write-ahead log, by its name: of a file that was replaced it would be another's.
      const isLost = lostFile(opened) !== null;
      if (isLost) await writer.close();
      // Else the writer is the last: with no other connection open it leaves one file, without a write-ahead log beside it.
      await scanner.close();
      db.close();
      if (!isLost) await writer.close();
    },
  };
  return {
    engine: 'sqlite',
    describe: `sqlite ${path}`,
    sessions,
    replies: sqliteReplies({ statements, writer, bell, read, closing: closing.signal }),
    nearlyFull: () => 0,
    connections: () => null,
    secrets: { secret: (name) => writer.call('secret', { name }) as Promise<Uint8Array> },
    ...sqliteAccess({ statements, writer, scanner, read }),
    leases: {
      take: (lease) => writer.call('takeLease', lease) as Promise<Date | null>,
      release: (lease) => writer.call('releaseLease', lease) as Promise<void>,
    },
    webhooks: sqliteWebhooks({ statements, writer, scanner, read, inTurn }),
    viewerPasswords: {
      viewerPassword: (sessionId) =>
        read(
          () =>
            (statements.get('SELECT viewer_password FROM sessions WHERE session_id = ?', sessionId)
              ?.viewer_password as string | undefined) ?? null,
        ),
    },
    transfer: createSqliteTransfer({ statements, read, writer }),
    snapshots: {
      async write(snapshot, caller) {
        checkSnapshotSize(snapshot);
        await writer.call('writeSnapshot', snapshot, { caller });
      },
      read: (key, budget) =>
        read(() =>
          readWithin(budget, (most, apart) =>
            apart
              ? (scanner.call('findSnapshot', { key, most }, budget?.caller) as Promise<
                  Found<StoredSnapshot | null>
                >)
              : inTurn(budget?.caller, () => findSnapshot(statements, { key, most })),
          ),
        ),
      delete: (key, caller) => writer.call('deleteSnapshot', { key }, { caller }) as Promise<void>,
      list: (prefix, page, caller) =>
        scanner.call('listSnapshots', { prefix, ...page }, caller) as Promise<string[]>,
    },
    close: () => sessions.close(),
  };
}

const closed = () => new ParleyError('STORE_UNAVAILABLE', 'The database is closed.');
