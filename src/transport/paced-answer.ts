import type { ServerResponse } from 'node:http';
import type { PeerAccount, WaitingBytes } from './waiting-bytes.js';

export interface AnswerLimits {
  /** What waits for all who are sent anything. */
  waiting: WaitingBytes;
  /** A client that takes nothing of its answer for this long is dropped. */
  stalledAfterMs: number;
}

/** Handed to the network at once: between two of these it shows whether the client takes any. */
const PIECE_BYTES = 64 * 1024;

interface Pace extends Pick<AnswerLimits, 'stalledAfterMs'> {
  account: PeerAccount;
}

const paces = new WeakMap<ServerResponse, Pace>();

/** Says whose answer this will be. Any other is sent whole, and is small. */
export function paceAnswer(
  res: ServerResponse,
  caller: string,
  { waiting, stalledAfterMs }: AnswerLimits,
): void {
  const account = waiting.peer({ caller: () => caller, cut: () => void res.destroy() });
  paces.set(res, { account, stalledAfterMs });
}

/** Ends an answer whose head is written: a client that keeps up has all of it at once; for another it waits, within bounds. */
export function endAnswer(res: ServerResponse, body: string): void {
  const pace = paces.get(res);
  if (!pace) return void res.end(body);
  if (body.length < PIECE_BYTES / 4) {
    res.end(body);
    if ((res.socket?.writableLength ?? 0) > 0) watch(res, pace, PIECE_BYTES);
    return;
  }
  const bytes = Buffer.from(body);
  const taking = watch(res, pace, bytes.length);
  let start = 0;
  const go = () => {
    taking();
    while (start + PIECE_BYTES < bytes.length) {
      const piece = bytes.subarray(start, start + PIECE_BYTES);
      start += PIECE_BYTES;
      if (!res.write(piece)) return;
    }
    res.off('drain', go);
    res.end(bytes.subarray(start));
  };
  res.on('drain', go);
  go();
}

/** Counts the bytes until the answer closes. To be called back whenever the client has taken some. */
function watch(res: ServerResponse, { account, stalledAfterMs }: Pace, bytes: number): () => void {
  const stalled = setTimeout(() => res.destroy(), stalledAfterMs);
  account.hold(res, bytes);
  const end = () => {
    clearTimeout(stalled);
    account.end();
  };
  if (res.closed) end();
  else res.once('close', end);
  return () => {
    stalled.refresh();
    account.taken();
  };
}
