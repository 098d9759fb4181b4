import type { Message } from '../../domain/model.js';
import type { AppendMessages } from '../../domain/session-store.js';

/** One append that waits for its answer. */
export interface PendingAppend {
  input: AppendMessages;
  resolve(messages: Message[]): void;
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
): (input: AppendMessages) => Promise<Message[]> {
  const lanes = new Map<string, PendingAppend[]>();

  async function drain(key: string, waiting: PendingAppend[]): Promise<void> {
    while (waiting.length > 0) {
      await write(takeBatch(waiting));
    }
    lanes.delete(key);
  }

  return (input) =>
    new Promise((resolve, reject) => {
      const key = `${input.sessionId}\0${input.agentId}`;
      const pending = { input, resolve, reject };
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

/** From the front, up to the limit; a repetition of what is in the batch already waits for the next one. */
function takeBatch(waiting: PendingAppend[]): PendingAppend[] {
  const batch: PendingAppend[] = [];
  const storageIds = new Set<string>();
  let messages = 0;
  while (waiting[0]) {
    const { input } = waiting[0];
    const first = input.messages[0]?.storageId ?? '';
    if (batch.length > 0 && (storageIds.has(first) || messages + input.messages.length > MOST_JOINED)) break;
    storageIds.add(first);
    messages += input.messages.length;
    batch.push(waiting.shift() as PendingAppend);
  }
  return batch;
}
