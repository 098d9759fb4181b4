import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../../domain/json/json-value.js';
import { createStreamReader } from '../../domain/replies/stream-pieces.js';
import { chunkAfter, createChunkReader, createChunkWriter } from '../chunk-log.js';
import type { AgentAddress, NewEntry } from '../port.js';
import type { GrowingReply, RepliesPort, ReplyNow } from '../replies.js';
import { chunksIn } from './sse.js';

/** A stream of a chat that is a reply in progress, for pages that are loaded again while it grows. */
export interface Resumable {
  /** Whether one is being written. */
  readonly recording: boolean;
  /** Writes it down beside the response, to its end. Rejects never. */
  consume(stream: ReadableStream<string>): Promise<void>;
  /** Makes this the message that the reply becomes. False where there is none that has come to its end, or it cannot. */
  finish(message: NewEntry): Promise<boolean>;
  /** The stream again, from its start; null where none is under way. */
  resume(): Promise<ReadableStream<string> | null>;
}

const FORM = 'ai-sdk';
/** What ends a stream; `onEnd` comes after it. */
const ENDS = new Set(['finish', 'abort']);
/** Turns of the event loop in which a chunk comes through the streams. */
const TURNS = 2;
/** Read back in fewer pieces, they say the same. */
const JOINED = new Set(['text-delta', 'reasoning-delta', 'tool-input-delta']);
/** What the reader of streams throws at. */
const UNSAID = new Set(['error', 'abort']);

interface Recording {
  reply: GrowingReply;
  /** What ends the stream was written. */
  ended: boolean;
  /** The reply is a message. */
  finished: boolean;
  /** Nothing of the stream waits to be written. */
  idle: boolean;
  /** Called when it is idle. */
  wake(): void;
}

export function createResumable(
  replies: () => Promise<RepliesPort>,
  agent: AgentAddress,
  onError: (error: unknown) => void,
): Resumable {
  let recording: Promise<Recording> | null = null;

  async function begin(): Promise<Recording> {
    const port = await replies();
    // Of a process that has died; whoever speaks now does not go on with it.
    for (const { state, replyId, blocks } of await port.active(agent))
      if (state === 'abandoned' && isOurs(blocks)) await port.discard(replyId);
    const reply = await port.start(agent, { replyId: randomUUID(), durability: 'batched' });
    return { reply, ended: false, finished: false, idle: false, wake: () => {} };
  }

  async function write(now: Recording, stream: ReadableStream<string>): Promise<void> {
    const log = createChunkWriter(FORM);
    const read = createStreamReader();
    const onIdle = (idle: boolean) => {
      now.idle = idle;
      if (idle) now.wake();
    };
    try {
      await now.reply.write(log.head);
      for await (const chunk of chunksIn(stream, onIdle)) {
        const type = String(chunk.type);
        const shown = UNSAID.has(type) ? [] : read(chunk);
        for (const piece of log.pieces(chunk, shown, { joins: JOINED.has(type) }))
          await now.reply.write(piece);
        now.ended ||= ENDS.has(type);
      }
    } finally {
      onIdle(true);
      if (!now.finished) await now.reply.abort();
    }
  }

  return {
    get recording() {
      return recording !== null;
    },
    async consume(stream) {
      const [written, drained] = stream.tee();
      // Whether or not it can be written: nobody else may be left who reads it to its end.
      const draining = drain(drained);
      recording = begin();
      try {
        await write(await recording, written);
      } catch (error) {
        onError(error);
        await written.cancel().catch(() => {});
      } finally {
        recording = null;
      }
      await draining;
    },
    async finish(message) {
      const now = await recording?.catch(() => null);
      if (!now) return false;
      await untilIdle(now);
      if (!now.ended || now.finished) return false;
      try {
        await now.reply.finish({ message });
        now.finished = true;
        return true;
      } catch (error) {
        onError(error);
        return false;
      }
    },
    async resume() {
      const port = await replies();
      const active = (await port.active(agent)).filter(mayBeOurs);
      const newest = active.findLast(({ state }) => state === 'writing') ?? active.at(-1);
      return newest ? streamOf((signal) => sseOf(port, agent, newest, signal)) : null;
    },
  };
}

const isOurs = (blocks: ReplyNow['blocks']): boolean =>
  blocks.some(({ kind, name }) => kind === 'data' && name === FORM);

/** What has just begun says nothing yet: what it is is written with its first piece, and may not be read before that is durable. */
const mayBeOurs = ({ state, blocks }: ReplyNow): boolean =>
  isOurs(blocks) || (state === 'writing' && blocks.length === 0);

async function* sseOf(
  port: RepliesPort,
  agent: AgentAddress,
  { replyId }: ReplyNow,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const line = (chunk: JsonObject) => `data: ${JSON.stringify(chunk)}\n\n`;
  let reader = createChunkReader(FORM);
  let given = { line: -1, units: 0 };
  for await (const news of port.follow(agent, replyId, signal)) {
    if ('state' in news) {
      // Its writer has died: what there is has been told.
      if (news.state === 'writing') continue;
      yield line({ type: 'abort' });
      break;
    }
    if (news.anew) reader = createChunkReader(FORM);
    for (const logged of reader.feed(news.parts)) {
      // What comes again was given before: its writer goes on from where the server has lost it.
      const fresh = chunkAfter(logged, given);
      if (!fresh) continue;
      given = fresh.before;
      yield line(fresh.chunk);
    }
  }
  yield 'data: [DONE]\n\n';
}

function streamOf(read: (signal: AbortSignal) => AsyncGenerator<string>): ReadableStream<string> {
  const left = new AbortController();
  const lines = read(left.signal);
  return new ReadableStream<string>({
    async pull(controller) {
      const { value, done } = await lines.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: () => left.abort(),
  });
}

async function drain(stream: ReadableStream<string>): Promise<void> {
  const reader = stream.getReader();
  while (!(await reader.read().catch(() => ({ done: true }))).done);
}

/** What was told by now has come through the streams between, and is written. */
async function untilIdle(now: Recording): Promise<void> {
  do {
    if (!now.idle)
      await new Promise<void>((resolve) => {
        now.wake = resolve;
      });
    for (let turn = 0; turn < TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
  } while (!now.idle);
}
