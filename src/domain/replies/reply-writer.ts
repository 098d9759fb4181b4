import { backoff, type Pause } from '../async/pause.js';
import { badInput, ParleyError } from '../errors.js';
import type { JsonObject } from '../json/json-value.js';
import type { ReplyBlock, ReplyBlockHead, ReplyPart } from './model.js';
import { partsOfCall } from './parts-of-call.js';
import type { ContinueReplyInput } from './reply-inputs.js';
import type { ReplyPiece } from './reply-piece.js';
import { createReplyText } from './reply-text.js';
import { createStreamReader, type StreamEvent } from './stream-pieces.js';

/** How a reply becomes a message: what its pieces say, where no `message` is given. */
export interface ReplyEnd<I> {
  message?: I;
  metadata?: JsonObject;
  metrics?: JsonObject;
}

/** The four calls that a writer makes, over whatever connection. `I`, `M`: a message as it is given, and as it is stored. */
export interface ReplyCalls<I, M> {
  continue(input: ContinueReplyInput & { parts: readonly ReplyPart[] }): Promise<{ offset: number }>;
  finish(input: { replyId: string; epoch: number; offset: number } & ReplyEnd<I>): Promise<M>;
  abort(input: { replyId: string; epoch: number; reason: string | null; keep: Kept }): Promise<M | null>;
}

export type Kept = 'discard' | 'message';

/**
 * Writes one reply, each piece once and in order, whatever fails on the way: everything is kept here until the reply is finished, so
 * that it can be sent again from wherever the server says. While it is open it gives signs of life. `await using` aborts it where it is
 * neither finished nor aborted, and keeps what it says as a message.
 */
export interface ReplyWriter<I, M> extends AsyncDisposable {
  readonly replyId: string;
  /** Resolves when there is room for more. Rejects where the reply was taken over, is over, or cannot be written. */
  write(piece: ReplyPiece): Promise<void>;
  /** Resolves when the server has all that was written, which is then as durable as the reply is. Rejects as `write` does. */
  flush(): Promise<void>;
  /**
   * Writes what a stream says, as fast as it can be sent: texts, or the events of the AI SDK, of OpenAI or of Strands. Rejects as `write`
   * does and as the stream does; the reply goes on then, to be finished or aborted.
   */
  pipe(stream: AsyncIterable<StreamEvent>): Promise<void>;
  /** The message that the reply has become. */
  finish(end?: ReplyEnd<I>): Promise<M>;
  /** Nothing of it is kept (`discard`, where nothing is said), or what it says so far: the message then. */
  abort(options?: { reason?: string | null; keep?: Kept }): Promise<M | null>;
}

export interface ReplyWriterOptions<I, M> {
  started: { replyId: string; epoch: number; timeoutMs: number };
  /** What the reply says already, of a writer before this one. */
  there: readonly ReplyBlock[];
  calls: ReplyCalls<I, M>;
  /** Aborts, with the error of all calls from then on, where what they go over is closed. */
  closed: AbortSignal;
  /** What is sent, or ends, is in it until that is done. */
  underWay?: Set<Promise<unknown>>;
  pause: Pause;
  random: () => number;
}

/** What may wait to be sent before `write` waits, in characters. */
const MOST_UNSENT = 64 * 1024;
/** About three minutes of tries. */
const MOST_FAILURES = 20;
const MOST_BETWEEN_MS = 10_000;
const PASSING = new Set(['STORE_UNAVAILABLE', 'LIVE_UNAVAILABLE', 'TIMEOUT', 'RATE_LIMITED']);
/** In the place of half a character whose other half never came. */
const LOST = '\uFFFD';
/** Signs of life in the time after which a silent writer is given up. */
const SIGNS = 3;

export function createReplyWriter<I, M>(options: ReplyWriterOptions<I, M>): ReplyWriter<I, M> {
  const { started, there, calls, closed, underWay = new Set(), pause, random } = options;
  const { replyId, epoch, timeoutMs } = started;
  const text = createReplyText(there);
  const before = text.length;
  const blocks = new Map(
    there.flatMap(({ block, kind, toolUseId, name }) => {
      const id = kind === 'data' ? name : toolUseId;
      return id === null ? [] : [[`${kind} ${id}`, block] as const];
    }),
  );
  /** The first half of a character whose second half is in the next piece, by block. */
  const halves = new Map<number, string>();
  let last: { block: number; kind: string } | null = there.findLast(({ kind }) => kind !== 'data') ?? null;
  /** What the server has, as far as is known: characters, and blocks that have begun. */
  let sent = { offset: before, blocks: there.length };
  let sending: Promise<void> | null = null;
  let failed: unknown = null;
  let over = false;

  function noted<T>(work: Promise<T>): Promise<T> {
    const done = () => underWay.delete(work);
    underWay.add(work);
    work.then(done, done);
    return work;
  }

  const isSent = () => sent.offset === text.length && sent.blocks >= text.blockCount;

  /** What passes is tried again; a gap is where to go on from. False: it may succeed now. */
  async function isFinal(error: unknown, failures: number): Promise<boolean> {
    closed.throwIfAborted();
    if (!(error instanceof ParleyError)) return true;
    const { code, details } = error;
    if (code === 'REPLY_GAP' && Number(details.expected) >= before && details.expected !== sent.offset) {
      sent = { offset: Number(details.expected), blocks: 0 };
      return false;
    }
    if (!PASSING.has(code) || failures >= MOST_FAILURES) return true;
    const asked = Number(details.retryAfter) * 1_000;
    await pause(asked > 0 ? asked : backoff(failures, MOST_BETWEEN_MS, random), closed);
    return false;
  }

  async function sendAll(): Promise<void> {
    for (let failures = 0; !isSent(); ) {
      const parts = partsOfCall(text.since(sent.offset, sent.blocks));
      try {
        const { offset } = await calls.continue({ replyId, epoch, offset: sent.offset, parts });
        sent = { offset, blocks: Math.max(sent.blocks, ...parts.map(({ block }) => block + 1)) };
        failures = 0;
      } catch (error) {
        if (await isFinal(error, failures++)) throw error;
      }
    }
  }

  function send(): Promise<void> {
    sending ??= noted(
      sendAll()
        .catch((error: unknown) => {
          failed ??= error;
        })
        .finally(() => {
          sending = null;
          // Written between the last answer and now.
          if (failed === null && !isSent()) void send();
        }),
    );
    return sending;
  }

  function check(): void {
    closed.throwIfAborted();
    if (failed !== null) throw failed;
    if (over)
      throw new ParleyError('REPLY_OVER', `This writer of the reply ${JSON.stringify(replyId)} is closed.`);
  }

  function blockOf(piece: Exclude<ReplyPiece, string>): number {
    const kind = piece.kind ?? 'text';
    const id = 'toolUseId' in piece ? piece.toolUseId : 'name' in piece ? piece.name : piece.id;
    const known =
      id === undefined ? (last?.kind === kind ? last.block : undefined) : blocks.get(`${kind} ${id}`);
    if (known !== undefined) return known;
    if (id !== undefined) blocks.set(`${kind} ${id}`, text.blockCount);
    return text.blockCount;
  }

  function add(block: number, head: ReplyBlockHead, piece: string): void {
    const whole = (halves.get(block) ?? '') + piece;
    const isHalf = /[\uD800-\uDBFF]$/.test(whole);
    halves.set(block, isHalf ? whole.slice(-1) : '');
    text.append([{ ...head, block, text: isHalf ? whole.slice(0, -1) : whole }]);
  }

  const alive = setInterval(() => {
    if (sending || failed !== null || over || closed.aborted) return;
    calls.continue({ replyId, epoch, offset: sent.offset, parts: [] }).catch(() => {});
  }, timeoutMs / SIGNS);
  alive.unref();

  /** Calls what ends the reply, once all that was written is sent; again where that fails for a while. */
  async function end<T>(call: () => Promise<T>, { whole }: { whole: boolean }): Promise<T> {
    over = true;
    for (const [block, half] of halves) {
      if (half !== '') text.append([{ ...(text.head(block) as ReplyBlockHead), block, text: LOST }]);
    }
    halves.clear();
    try {
      for (let failures = 0; ; ) {
        while (whole && !isSent() && failed === null) await send();
        if (failed !== null && whole) throw failed;
        try {
          const ended = await call();
          clearInterval(alive);
          return ended;
        } catch (error) {
          if (await isFinal(error, failures++)) throw error;
        }
      }
    } catch (error) {
      // What was refused may be given otherwise, or aborted.
      over = false;
      throw error;
    }
  }

  const writer: ReplyWriter<I, M> = {
    replyId,
    async write(piece) {
      check();
      const given = typeof piece === 'string' ? { text: piece } : piece;
      // What is missing would be written as the word undefined.
      if (typeof given?.text !== 'string')
        throw badInput('A piece of a reply is a text, or an object with its text as text.');
      const kind = given.kind ?? 'text';
      const block = blockOf(given);
      // Data stands beside what is said, which goes on.
      if (kind !== 'data') last = { block, kind };
      const { toolUseId = null, name = null, status = null } = given as Partial<ReplyBlockHead>;
      add(block, text.head(block) ?? { kind, toolUseId, name, status }, given.text);
      while (!isSent() && failed === null) {
        const done = send();
        if (text.length - sent.offset < MOST_UNSENT) break;
        await done;
      }
      check();
    },
    async flush() {
      while (!isSent() && failed === null) await send();
      check();
    },
    async pipe(stream) {
      if (typeof stream?.[Symbol.asyncIterator] !== 'function')
        throw badInput('What is piped into a reply is a stream: an AsyncIterable of texts or of events.');
      const read = createStreamReader();
      for await (const event of stream) for (const piece of read(event)) await writer.write(piece);
    },
    async finish(given = {}) {
      check();
      const call = () => calls.finish({ replyId, epoch, offset: text.length, ...given });
      return noted(end(call, { whole: true }));
    },
    async abort({ reason = null, keep = 'discard' } = {}) {
      if (over || closed.aborted) check();
      // Where nothing more can be written, what is there is kept.
      const whole = keep === 'message' && failed === null;
      return noted(end(() => calls.abort({ replyId, epoch, reason, keep }), { whole }));
    },
    async [Symbol.asyncDispose]() {
      if (over) return;
      const keep = text.length > 0 ? 'message' : 'discard';
      await writer.abort({ reason: 'Its writer ended before it was finished.', keep }).catch(() => {});
      clearInterval(alive);
    },
  };
  return writer;
}
