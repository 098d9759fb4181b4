import type { IncomingMessage } from 'node:http';
import { createSlots } from '../domain/slots.js';

/** A body of more than this is not read beside any number of others. */
export const LARGE_BODY_BYTES = 1024 * 1024;
/** Large bodies of one caller that are in memory at once; the others wait in the network. */
const AT_ONCE = 4;

/** One that does not say how long it is may be as long as any. */
export const isLargeBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > LARGE_BODY_BYTES;

export interface LargeBodies {
  /** Runs what reads a large body and answers it, when fewer than the most of this caller are in memory. */
  run<T>(caller: string, answer: () => Promise<T>): Promise<T>;
}

export function createLargeBodies(): LargeBodies {
  const callers = new Map<string, { slots: ReturnType<typeof createSlots>; users: number }>();
  return {
    async run(caller, answer) {
      const own = callers.get(caller) ?? { slots: createSlots(AT_ONCE), users: 0 };
      callers.set(caller, own);
      own.users++;
      try {
        return await own.slots(answer);
      } finally {
        if (--own.users === 0) callers.delete(caller);
      }
    },
  };
}
