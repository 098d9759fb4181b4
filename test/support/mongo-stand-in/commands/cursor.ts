import { sizeOf } from '../bson/encode.js';
import { type Doc, doc, Long, type Value } from '../bson/values.js';
import { ServerError } from '../errors.js';
import type { ChangeStream } from '../stream/change-stream.js';
import { type CommandContext, collectionName, type Handler, optionalNumber } from './context.js';
import { during } from './during.js';

interface Remaining {
  documents: Doc[];
  position: number;
  /** Whether a limit says that there is nothing after the last document. */
  limited: boolean;
}

/** What a getMore reads on from. */
export interface Cursor {
  namespace: string;
  source: ({ kind: 'documents' } & Remaining) | { kind: 'stream'; stream: ChangeStream };
}

const MOST_BATCH_BYTES = 16 * 1024 * 1024;
export const FIRST_BATCH = 101;
const DEFAULT_AWAIT_MS = 1000;
const CLOSED = Long.ZERO;

/** The next documents that fit into one reply. */
function take(source: Remaining, limit: number): { batch: Doc[]; exhausted: boolean } {
  const batch: Doc[] = [];
  let bytes = 0;
  while (batch.length < limit && source.position < source.documents.length) {
    const document = source.documents[source.position] as Doc;
    bytes += sizeOf(document);
    if (batch.length > 0 && bytes > MOST_BATCH_BYTES) break;
    batch.push(document);
    source.position += 1;
  }
  // Of a batch that is full the server does not know yet whether anything follows.
  const exhausted = source.position === source.documents.length && (source.limited || batch.length < limit);
  return { batch, exhausted };
}

interface CursorOptions {
  batchSize: number;
  singleBatch?: boolean;
  limited?: boolean;
}

/** The reply to a find or aggregate: a first batch, and a cursor where there may be more. */
export function openCursor(
  documents: Doc[],
  namespace: string,
  options: CursorOptions,
  { cursors }: CommandContext,
): Doc {
  const { batchSize, singleBatch = false, limited = false } = options;
  const source = { kind: 'documents' as const, documents, position: 0, limited };
  const { batch, exhausted } = take(source, batchSize);
  const id = exhausted || singleBatch ? CLOSED : cursors.add({ namespace, source });
  return doc({ cursor: doc({ firstBatch: batch, id, ns: namespace }) });
}

/** The reply that opens a change stream. */
export function openStreamCursor(
  stream: ChangeStream,
  namespace: string,
  batchSize: number,
  { cursors }: CommandContext,
): Doc {
  const { events, token, ended } = stream.read(batchSize);
  const id = ended ? CLOSED : cursors.add({ namespace, source: { kind: 'stream', stream } });
  return doc({
    cursor: doc({ firstBatch: events, postBatchResumeToken: doc({ _data: token }), id, ns: namespace }),
  });
}

export const getMore: Handler = (command, context) => {
  const id = command.get('getMore') as Long;
  const cursor = context.cursors.get(id);
  if (!cursor) throw new ServerError(43, `cursor id ${id} not found`);
  const namespace = `${context.database}.${command.get('collection')}`;
  if (namespace !== cursor.namespace)
    throw new ServerError(
      13,
      `Requested getMore on namespace '${namespace}', but cursor belongs to a different namespace ${cursor.namespace}`,
    );
  const limit = optionalNumber(command, 'batchSize') || Number.POSITIVE_INFINITY;
  const waitMs = optionalNumber(command, 'maxTimeMS');
  if (cursor.source.kind === 'stream')
    return readStream(cursor.source.stream, id, namespace, limit, waitMs ?? DEFAULT_AWAIT_MS, context);
  if (waitMs !== undefined)
    throw new ServerError(2, 'cannot set maxTimeMS on getMore command for a non-awaitData cursor');
  const { batch: nextBatch, exhausted } = take(cursor.source, limit);
  if (exhausted) context.cursors.delete(id);
  return doc({ cursor: doc({ nextBatch, id: exhausted ? CLOSED : id, ns: namespace }) });
};

/** Waits for an event as long as the client asked; an error takes the cursor with it. */
async function readStream(
  stream: ChangeStream,
  id: Long,
  namespace: string,
  limit: number,
  waitMs: number,
  context: CommandContext,
): Promise<Doc> {
  const deadline = Date.now() + waitMs;
  for (;;) {
    const { events, token, ended } = readOrForget();
    const left = deadline - Date.now();
    if (events.length > 0 || ended || left <= 0 || context.signal.aborted) {
      if (ended) context.cursors.delete(id);
      return doc({
        cursor: doc({
          nextBatch: events,
          postBatchResumeToken: doc({ _data: token }),
          id: ended ? CLOSED : id,
          ns: namespace,
        }),
      });
    }
    await oplogMoves(context, left);
    // Nobody will ever read on from a cursor whose client has gone.
    if (context.signal.aborted) context.cursors.delete(id);
    if (!context.cursors.get(id)) throw new ServerError(43, `cursor id ${id} not found`);
  }

  function readOrForget() {
    try {
      return during('Executor error during getMore', context.state.since, () => stream.read(limit));
    } catch (error) {
      context.cursors.delete(id);
      throw error;
    }
  }
}

const oplogMoves = ({ state, signal }: CommandContext, atMostMs: number): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      stop();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, atMostMs);
    const stop = state.oplog.onChange(done);
    signal.addEventListener('abort', done);
  });

export const killCursors: Handler = (command, context) => {
  collectionName(command, context.database);
  const killed: Value[] = [];
  const unknown: Value[] = [];
  for (const id of command.get('cursors') as Long[]) (context.cursors.delete(id) ? killed : unknown).push(id);
  return doc({ cursorsKilled: killed, cursorsNotFound: unknown, cursorsAlive: [], cursorsUnknown: [] });
};
