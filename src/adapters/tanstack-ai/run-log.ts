import type { UpsertableStreamDurability } from '@tanstack/ai';
import { badInput } from '../../domain/errors.js';
import type { JsonObject } from '../../domain/json/json-value.js';
import { isActive } from '../../domain/replies/model.js';
import { contentOfBlocks } from '../../domain/replies/reply-content.js';
import type { ReplyPiece } from '../../domain/replies/reply-piece.js';
import { sha256 } from '../../domain/sessions/idempotency.js';
import {
  type ChunkReader,
  type ChunkWriter,
  createChunkReader,
  createChunkWriter,
  type LoggedChunk,
} from '../chunk-log.js';
import { toPlain } from '../plain.js';
import type { AgentAddress } from '../port.js';
import type { GrowingReply, RepliesPort, ReplyNow } from '../replies.js';
import { FIRST, NOW, offsetOf, placeIn } from './offsets.js';
import { shownOf } from './shown.js';

const FORM = 'tanstack-ai';

type Chunk = Parameters<UpsertableStreamDurability['append']>[0][number];

/** The writer of a run, from its first chunk on; who wrote it before is fenced. */
interface Writer {
  reply: GrowingReply;
  log: ChunkWriter;
  /** Of the last chunk. */
  tail: number;
  places: Set<number>;
}

export interface RunLog {
  append(chunks: readonly Chunk[]): Promise<string[]>;
  upsert(entries: readonly { chunk: Chunk; offset: string }[]): Promise<string[]>;
  read(offset: string, signal?: AbortSignal): AsyncGenerator<{ offset: string; chunk: Chunk }>;
  snapshot(): Promise<{ offset: string; chunk: Chunk }[]>;
  close(): Promise<void>;
}

export interface RunLogOptions {
  port: RepliesPort;
  agent: AgentAddress;
  runId: string;
  /** How long a reader from the start waits for the run to begin. */
  firstChunkDeadlineMs: number;
}

/** The chunks of one run as a reply in progress: each is durable before `append` resolves. */
export function createRunLog({ port, agent, runId, firstChunkDeadlineMs }: RunLogOptions): RunLog {
  const replyId = sha256([agent.sessionId, agent.agentId, FORM, runId]).slice(0, 32);
  let writer: Promise<Writer> | null = null;
  /** One call after another. */
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(run: () => Promise<T>): Promise<T> => {
    const result = turn.then(run);
    turn = result.catch(() => {});
    return result;
  };

  async function open(): Promise<Writer> {
    const reply = await port.start(agent, { replyId, durability: 'each' });
    const blocks = (await port.find(agent, replyId))?.blocks ?? [];
    const log = createChunkWriter(FORM, blocks);
    if (blocks.length === 0) await reply.write(log.head);
    const places = new Set(
      createChunkReader(FORM)
        .feed(blocks)
        .map(({ key }) => key as number),
    );
    return { reply, log, places, tail: Math.max(0, ...places) };
  }
  const writing = (): Promise<Writer> => {
    writer ??= open().catch((error: unknown) => {
      writer = null;
      throw error;
    });
    return writer;
  };

  /** What they say, and behind that their lines: a reply goes from block to block a bounded number of times. */
  async function write({ reply, log, places }: Writer, entries: { chunk: JsonObject; place: number }[]) {
    const lines: ReplyPiece[] = [];
    for (const { chunk, place } of entries) {
      const shown = places.has(place) ? [] : shownOf(chunk);
      for (const piece of log.pieces(chunk, shown, { key: place })) {
        if (typeof piece === 'object' && piece.kind === 'data') lines.push(piece);
        else await reply.write(piece);
      }
      places.add(place);
    }
    for (const line of lines) await reply.write(line);
    await reply.flush();
    return entries.map(({ place }) => offsetOf(runId, place));
  }

  const unknown = () =>
    badInput(`There is no run ${JSON.stringify(runId)}, or it was over more than an hour ago.`);

  async function* read(offset: string, signal = new AbortController().signal) {
    let behind = offset === FIRST || offset === NOW ? 0 : placeIn(runId, offset);
    const now = await port.find(agent, replyId);
    if (now ? !isActive(now) && now.blocks.length === 0 : behind > 0) throw unknown();
    if (offset === NOW) behind = Math.max(0, ...foldedIn(now).keys());
    const left = new AbortController();
    const until = AbortSignal.any([signal, left.signal]);
    const late = now ? undefined : setTimeout(() => left.abort(), firstChunkDeadlineMs);
    let reader: ChunkReader = createChunkReader(FORM);
    let begun = false;
    try {
      for await (const news of port.follow(agent, replyId, until)) {
        clearTimeout(late);
        begun = true;
        if ('state' in news) continue;
        if (news.anew) reader = createChunkReader(FORM);
        for (const [place, chunk] of folded(reader.feed(news.parts))) {
          if (place <= behind) continue;
          behind = place;
          yield { offset: offsetOf(runId, place), chunk };
          if (signal.aborted) return;
        }
      }
    } finally {
      clearTimeout(late);
      left.abort();
    }
    if (!begun && !now && !signal.aborted) throw unknown();
  }

  return {
    append: (chunks) =>
      inTurn(async () => {
        const plain = plainChunks(chunks);
        if (plain.length === 0) return [];
        const now = await writing();
        return write(
          now,
          plain.map((chunk) => ({ chunk, place: ++now.tail })),
        );
      }),
    upsert: (entries) =>
      inTurn(async () => {
        const list = Array.from(entries, (entry, index) => {
          if (entry === undefined) throw badInput(`entries[${index}] is missing.`);
          return { place: placeIn(runId, entry.offset), chunk: entry.chunk };
        });
        const plain = plainChunks(list.map(({ chunk }) => chunk));
        if (plain.length === 0) return [];
        const now = await writing();
        let { tail } = now;
        const seen = new Set<number>();
        for (const [index, { place }] of list.entries()) {
          if (seen.has(place)) throw badInput(`entries[${index}].offset is there twice.`);
          seen.add(place);
          if (now.places.has(place)) continue;
          if (place <= tail)
            throw badInput(`entries[${index}].offset is none of this run, and comes before its end.`);
          tail = place;
        }
        now.tail = tail;
        return write(
          now,
          list.map(({ place }, index) => ({ place, chunk: plain[index] as JsonObject })),
        );
      }),
    read,
    async snapshot() {
      const found = foldedIn(await port.find(agent, replyId));
      return [...found].map(([place, chunk]) => ({ offset: offsetOf(runId, place), chunk }));
    },
    close: () =>
      inTurn(async () => {
        const { reply } = await writing();
        const blocks = (await port.find(agent, replyId))?.blocks ?? [];
        await reply.finish({ message: { role: 'assistant', content: contentIn(blocks) } });
      }),
  };
}

const plainChunks = (chunks: readonly unknown[]): JsonObject[] =>
  Array.from(chunks, (chunk, index) => {
    const { value, spellings } = toPlain(chunk, `chunks[${index}]`);
    // A log of JSON texts holds the half of a character, too.
    const hasHalves = spellings.some((spelling) => 'surrogates' in spelling);
    return (hasHalves ? JSON.parse(JSON.stringify(chunk)) : value) as JsonObject;
  });

/** What the last line of each place says, in order. */
const folded = (chunks: readonly LoggedChunk[]): Map<number, Chunk> =>
  new Map(
    [...new Map(chunks.map(({ key, chunk }) => [key as number, chunk as Chunk]))].sort(
      ([one], [other]) => one - other,
    ),
  );

const foldedIn = (reply: ReplyNow | null) => folded(createChunkReader(FORM).feed(reply?.blocks ?? []));

/** What people see of the run: nothing where it says nothing. */
function contentIn(blocks: ReplyNow['blocks']): JsonObject[] {
  try {
    return contentOfBlocks(blocks, { cut: true });
  } catch {
    return [];
  }
}
