import { inSlices } from '../../domain/async/in-slices.js';
import type { Later } from '../../domain/async/later.js';
import { nextTurn } from '../../domain/async/next-turn.js';
import { charactersLeft } from '../../domain/json/json-size.js';
import type { Reply } from '../../domain/replies/model.js';
import type {
  Appended,
  AppendParts,
  Ended,
  ReplyBatch,
  ReplyName,
  ReplyStore,
} from '../../domain/replies/reply-store.js';
import type { ChangeBell } from './change-feed.js';
import { anyOverdue, lastNotice, listReplies, loadReplies, partsSteps, readNotices } from './reply-rows.js';
import type { Statements } from './statements.js';
import type { Thread } from './threads/thread.js';
import { wholeMessage } from './writes/given-message.js';
import type { EndedThere } from './writes/write-replies.js';

/** Notices read at once. */
const BATCH = 500;

/** Characters of replies that one transaction takes; of one reply all that is there. */
const PIECE = 1024 * 1024;

function* inPieces(appends: readonly AppendParts[]): Generator<AppendParts[]> {
  let piece: AppendParts[] = [];
  let room = PIECE;
  for (const one of appends) {
    piece.push(one);
    room = charactersLeft(one.parts, room);
    if (room > 0) continue;
    yield piece;
    [piece, room] = [[], PIECE];
  }
  if (piece.length > 0) yield piece;
}

export interface SqliteRepliesOptions {
  statements: Statements;
  writer: Thread;
  bell: ChangeBell;
  /** Runs a read of this thread; rejects as the port says. */
  read<T>(query: () => Later<T>): Promise<T>;
  closing: AbortSignal;
}

export function sqliteReplies({ statements, writer, bell, read, closing }: SqliteRepliesOptions): ReplyStore {
  return {
    start: (input) => writer.call('startReply', input, { caller: input.caller }) as Promise<Reply>,
    async append(appends) {
      const appended: Appended[] = [];
      for (const some of inPieces(appends))
        appended.push(...((await writer.call('appendParts', { appends: some })) as Appended[]));
      return appended;
    },
    // What is discarded is erased from the write-ahead log too.
    async end(input, caller): Promise<Ended> {
      const method = input.message ? 'endReply' : 'discardReply';
      const { reply, ended, message } = (await writer.call(method, input, { caller })) as EndedThere;
      return { reply, ended, message: message && (await wholeMessage(message)) };
    },
    async abandonOverdue() {
      if (!(await read(() => anyOverdue(statements, Date.now())))) return [];
      return (await writer.call('abandonReplies', {})) as ReplyName[];
    },
    load: (ids) => read(() => loadReplies(statements, ids)),
    list: (requests) => read(() => listReplies(statements, requests)),
    // Many long ones are read where a session is followed: between two slices everything else has its turn.
    parts: (replyId) => read(() => inSlices(partsSteps(statements, replyId))),
    async *feed(given) {
      const signal = AbortSignal.any([given, closing]);
      let through = await read(() => lastNotice(statements));
      yield { notices: [], lost: false };
      while (!signal.aborted) {
        // Before the read: what is committed after it rings again.
        const rung = bell.wait(signal);
        const batch = await read(() => readNotices(statements, through, BATCH));
        through = batch.through;
        if (batch.notices.length > 0) yield { notices: batch.notices, lost: false } satisfies ReplyBatch;
        else await rung;
        if (batch.notices.length === BATCH) await nextTurn();
      }
    },
  };
}
