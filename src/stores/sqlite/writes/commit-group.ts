import type { ParleyError } from '../../../domain/errors.js';
import { charactersLeft } from '../../../domain/json/json-size.js';
import { toThreadError } from '../sqlite-error.js';
import type { Statements } from '../statements.js';
import type { ThreadAnswer, ThreadCall } from '../threads/thread-protocol.js';
import { beginWrite } from './begin.js';
import { metadataBytes } from './new-metadata.js';
import type { Pruning } from './pruning.js';
import type { WaitingWrite, WriteLine } from './write-line.js';

// biome-ignore lint/suspicious/noExplicitAny: a call's input, and what is prepared of it, have the types of its method.
type Write = (statements: Statements, input: any, prepared?: any) => unknown;
export type CallsOfWrites = Readonly<Record<string, Write>>;

/** A call in the line. */
export interface QueuedCall extends WaitingWrite {
  call: ThreadCall;
}

/** Metadata of so many bytes takes some ms to be made anew: it is prepared in slices before its transaction. */
const PREPARED_BYTES = 128 * 1024;

/** `most`: bytes past which it does not matter how large it is. */
export function queued(statements: Statements, call: ThreadCall, most: number): QueuedCall {
  const { caller = '', input, method } = call;
  const { sessionId = null } = input as { sessionId?: string };
  // It writes all of them again.
  const isChange = method === 'changeMetadata' && sessionId !== null;
  const stored = isChange ? metadataBytes(statements, sessionId) : 0;
  const bytes = stored + most - charactersLeft(input, most);
  return { call, caller, sessionId, bytes, isPrepared: isChange && bytes > PREPARED_BYTES };
}

interface CommitParts {
  writes: CallsOfWrites;
  pruning: Pruning;
  /** Why nothing can be written now. */
  lost(): ParleyError | null;
}

/**
 * The next group of the line, or the write that was prepared, in one transaction, each call in a savepoint of its own, so that one refusal leaves its neighbours
 * alone; the answers stand for what is on the disk.
 */
export function commitGroup(
  statements: Statements,
  line: WriteLine<QueuedCall>,
  { writes, pruning, lost }: CommitParts,
  ready?: { write: QueuedCall; prepared: unknown },
): { calls: ThreadCall[]; answers: ThreadAnswer[] } {
  const calls: ThreadCall[] = [];
  const first = line.first(ready?.write);
  if (!first) return { calls, answers: [] };
  const { write, alone } = first;
  calls.push(write.call);
  const before = lost();
  if (before) return refuseAll(before);
  const begin = performance.now();
  /** When the one that is alone was carried out. */
  let done = begin;
  try {
    beginWrite(statements);
    // One alone has the transaction as its savepoint.
    const answers = alone ? [carryOutAlone(write)] : attemptAll(write);
    const now = (calls.at(-1)?.input as { now?: Date } | undefined)?.now;
    if (now) pruning.at(now, calls.length);
    statements.run('COMMIT');
    // What went into a file that was gone by then is not acknowledged.
    const after = lost();
    return after ? refuseAll(after) : { calls, answers };
  } catch (error) {
    if (statements.db.inTransaction) statements.run('ROLLBACK');
    return refuseAll(error);
  } finally {
    if (alone) line.waited(write, performance.now() - done);
  }

  function refuseAll(error: unknown) {
    const answers = calls.map(
      ({ id }): ThreadAnswer => ({ type: 'refusal', id, error: toThreadError(error) }),
    );
    return { calls, answers };
  }

  function attemptAll(from: QueuedCall): ThreadAnswer[] {
    const answers: ThreadAnswer[] = [];
    let since = performance.now();
    for (let next: QueuedCall | undefined = from; next; ) {
      answers.push(attempt(next.call));
      const now = performance.now();
      line.took(next, now - since);
      since = now;
      next = line.further(now - begin);
      if (next) calls.push(next.call);
    }
    return answers;
  }

  function carryOut(call: ThreadCall): ThreadAnswer {
    const { id, method, input } = call;
    const prepared = call === ready?.write.call ? ready.prepared : undefined;
    return { type: 'answer', id, result: writes[method]?.(statements, input, prepared) };
  }

  function carryOutAlone(one: QueuedCall): ThreadAnswer {
    try {
      return carryOut(one.call);
    } finally {
      done = performance.now();
      line.took(one, done - begin);
    }
  }

  function attempt(call: ThreadCall): ThreadAnswer {
    statements.run('SAVEPOINT one');
    try {
      const answer = carryOut(call);
      statements.run('RELEASE one');
      return answer;
    } catch (error) {
      // A full disk and the like end the transaction, and with it every write of the group.
      if (!statements.db.inTransaction) throw error;
      statements.run('ROLLBACK TO one');
      statements.run('RELEASE one');
      return { type: 'refusal', id: call.id, error: toThreadError(error) };
    }
  }
}
