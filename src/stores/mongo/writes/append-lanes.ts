import { isForPlace } from '../../../domain/sessions/append-conditions.js';
import type { AppendedMessage, AppendMessages, NewMessage } from '../../../domain/sessions/session-store.js';

/** One append that waits for its answer. */
export interface PendingAppend {
  input: AppendMessages;
  caller: string | undefined;
  /** What of it is there already; null is still to be written. */
  there: (AppendedMessage | null)[];
  added: readonly NewMessage[];
  /** The key of the receipt that tells that it was written, and its place behind the receipt's. */
  mark: string;
  offset: number;
  resolve(messages: AppendedMessage[]): void;
  reject(error: unknown): void;
}

/** Messages joined into one update at most; one append alone may hold as many. */
const MOST_JOINED = 400;

/**
 * Appends to one agent wait in one lane: one write is in flight, and those that come meanwhile are joined into the
 * next. Lanes of different agents do not wait for each other. `write` answers every append of its batch, and never rejects.
 */
export function createAppendLanes(
  write: (batch: PendingAppend[]) => Promise<void>,
): (input: AppendMessages, caller?: string) => Promise<AppendedMessage[]> {
  const lanes = new Map<string, PendingAppend[]>();

  async function drain(key: string, waiting: PendingAppend[]): Promise<void> {
    while (waiting.length > 0) {
      await write(takeBatch(waiting));
    }
    lanes.delete(key);
  }

  return (input, caller) =>
    new Promise((resolve, reject) => {
      const key = `${input.sessionId}\0${input.agentId}`;
      const { messages } = input;
      const there = messages.map(() => null);
      const mark = messages[0]?.storageId ?? '';
      const pending: PendingAppend = {
        input,
        caller,
        there,
        added: messages,
        mark,
        offset: 0,
        resolve,
        reject,
      };
      const waiting = lanes.get(key);
      if (waiting) {
        waiting.push(pending);
        return;
      }
      const lane = [pending];
      lanes.set(key, lane);
      // On the next tick, so that what is asked for together is written together.
      queueMicrotask(() => void drain(key, lane));
    });
}

/**
 * From the front, up to the limit; a repetition of what is in the batch already waits for the next one, and so does what is for one
 * place alone: only of the first of a batch it is known before it is written where it will stand.
 */
function takeBatch(waiting: PendingAppend[]): PendingAppend[] {
  const batch: PendingAppend[] = [];
  const taken = new Set<string>();
  let messages = 0;
  while (waiting[0]) {
    const { input } = waiting[0];
    const identities = input.messages.flatMap(({ storageId, clientId }, index) => [
      ...(index === 0 ? [`storage ${storageId}`] : []),
      ...(clientId === undefined ? [] : [`client ${clientId}`]),
    ]);
    const waits = isForPlace(input) || identities.some((identity) => taken.has(identity));
    if (batch.length > 0 && (waits || messages + input.messages.length > MOST_JOINED)) break;
    for (const identity of identities) taken.add(identity);
    messages += input.messages.length;
    batch.push(waiting.shift() as PendingAppend);
  }
  return batch;
}
