import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { ErrorCode } from '../domain/errors.js';
import type { WaitingBytes } from './bounds/waiting-bytes.js';
import type { CutOff } from './cut-off.js';
import { together } from './send-together.js';

export interface AnswerLimits {
  /** What waits for all who are sent anything. */
  waiting: WaitingBytes;
  /** A client that takes nothing of its answer for this long is dropped. */
  stalledAfterMs: number;
  cutOff: CutOff;
}

/** Handed to the network at once: between two of these it shows whether the client takes any. */
const PIECE_BYTES = 64 * 1024;

/** Of one answer in one turn of the event loop. */
const TURN_BYTES = 512 * 1024;

export interface Pace extends Omit<AnswerLimits, 'cutOff'> {
  /** Whose answer it is. */
  caller: string;
  /** Told why the answer is cut off. */
  cutOff(code: ErrorCode): void;
}

/** What is sent: a text, or pieces of it as UTF-8. */
export type AnswerBody = string | readonly Buffer[];

export const bytesOf = (body: AnswerBody): number =>
  typeof body === 'string' ? Buffer.byteLength(body) : body.reduce((bytes, piece) => bytes + piece.length, 0);

/**
 * Ends an answer of so many bytes whose head is written: a client that keeps up has all of it at once; for another it waits, within
 * bounds. Without a `pace` it is sent whole, and is small.
 */
export function endAnswer(res: ServerResponse, body: AnswerBody, bytes: number, pace?: Pace): void {
  if (typeof body === 'string' && (!pace || bytes <= PIECE_BYTES)) {
    const end = () => {
      res.end(body);
      if (pace && (res.socket?.writableLength ?? 0) > 0) watch(res, pace, bytes);
    };
    if (pace) together.send(end);
    else end();
    return;
  }
  const pieces = piecesOf(body);
  const taking = pace ? watch(res, pace, bytes) : () => {};
  let inTurn = 0;
  let waits = false;
  const goOn = () => {
    waits = false;
    inTurn = 0;
    if (!res.destroyed) go();
  };
  const go = () => {
    if (waits) return;
    taking();
    for (let given = 0, next = pieces.next(); !next.done; next = pieces.next()) {
      const goesOn = res.write(next.value);
      given += next.value.length;
      inTurn += next.value.length;
      if (inTurn >= TURN_BYTES) {
        // While its buffers are empty the network takes all that it is given, in the same turn.
        waits = true;
        setImmediate(goOn);
        return;
      }
      // Small ones are handed over together.
      if (given < PIECE_BYTES) continue;
      if (!goesOn) return;
      given = 0;
    }
    res.off('drain', go);
    res.end();
  };
  res.on('drain', go);
  go();
}

/**
 * Answers with what is read as the client takes it, and resolves when that is over, in whichever way. What is on its way counts as one
 * piece. Rejects where it cannot be read.
 */
export function streamAnswer(res: ServerResponse, content: Readable, pace: Pace): Promise<void> {
  res.on('drain', watch(res, pace, PIECE_BYTES));
  return new Promise((resolve, reject) => {
    content.once('error', reject);
    res.once('close', () => {
      content.destroy();
      resolve();
    });
    content.pipe(res);
  });
}

/** What is handed over, one piece after another. */
export function* piecesOf(body: AnswerBody): Generator<Buffer> {
  for (const bytes of typeof body === 'string' ? [Buffer.from(body)] : body) {
    for (let start = 0; start < bytes.length; start += PIECE_BYTES)
      yield bytes.subarray(start, start + PIECE_BYTES);
  }
}

/** Counts the bytes until the answer closes. To be called back whenever the client has taken some. */
function watch(
  res: ServerResponse,
  { caller, waiting, stalledAfterMs, cutOff }: Pace,
  bytes: number,
): () => void {
  const cut = (code: ErrorCode) => {
    cutOff(code);
    res.destroy();
  };
  const account = waiting.peer({ caller: () => caller, cut: () => cut('RATE_LIMITED') });
  const stalled = setTimeout(() => cut('TIMEOUT'), stalledAfterMs);
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
