import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunkAfter, createChunkReader, createChunkWriter } from '../../../src/adapters/chunk-log.js';
import type { JsonObject } from '../../../src/domain/json/json-value.js';
import type { ReplyPart } from '../../../src/domain/replies/model.js';
import { createReplyText, cutParts } from '../../../src/domain/replies/reply-text.js';
import { createReplyWriter } from '../../../src/domain/replies/reply-writer.js';
import { createStreamReader } from '../../../src/domain/replies/stream-pieces.js';

const text = fc.string({ unit: 'binary', maxLength: 12 });
const CHUNKS = fc.array(
  fc.oneof(
    fc.record({ type: fc.constant('text-start'), id: fc.constantFrom('1', '2') }),
    fc.record({ type: fc.constant('text-delta'), id: fc.constantFrom('1', '2'), delta: text }),
    fc.record({ type: fc.constant('reasoning-delta'), id: fc.constant('r'), delta: text }),
    fc.record({
      type: fc.constant('tool-input-available'),
      toolCallId: fc.constantFrom('a', 'b'),
      toolName: fc.constant('look'),
      input: fc.record({ q: text }),
    }),
    fc.record({
      type: fc.constant('tool-output-available'),
      toolCallId: fc.constant('a'),
      output: fc.oneof(text, fc.constant(null), fc.record({ a: text })),
    }),
    fc.record({
      type: fc.constant('data-x'),
      data: fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value))),
    }),
  ),
  { maxLength: 20 },
);

const isDelta = (chunk: object) => 'delta' in chunk;
/** Without what joining changes: neighbours that differ in their text alone, and empty ones. */
function said(chunks: readonly object[]): JsonObject[] {
  const joined: JsonObject[] = [];
  for (const chunk of chunks as JsonObject[]) {
    const last = joined.at(-1);
    if (isDelta(chunk) && last && isDelta(last) && last.type === chunk.type && last.id === chunk.id)
      last.delta = `${last.delta}${chunk.delta}`;
    else if (chunk.delta !== '') joined.push({ ...chunk });
  }
  return joined;
}

/** The parts that a reply gets, as its writer cuts them. */
async function partsOf(chunks: readonly object[], joins = false): Promise<ReplyPart[]> {
  const parts: ReplyPart[] = [];
  const writer = createReplyWriter({
    started: { replyId: 'r', epoch: 1, timeoutMs: 60_000 },
    there: [],
    closed: new AbortController().signal,
    pause: async () => {},
    random: () => 0,
    calls: {
      async continue({ offset, parts: sent }) {
        parts.push(...sent);
        return { offset: offset + sent.reduce((sum, part) => sum + part.text.length, 0) };
      },
      finish: async () => null,
      abort: async () => null,
    },
  });
  const log = createChunkWriter('form');
  const read = createStreamReader();
  await writer.write(log.head);
  for (const [key, chunk] of chunks.entries())
    for (const piece of log.pieces(chunk as never, read(chunk), joins ? { joins: isDelta(chunk) } : { key }))
      await writer.write(piece);
  await writer.finish();
  return parts;
}

describe('the chunks of a stream in a reply', () => {
  it('are read back as they were, however the reply is cut into parts', async () => {
    await fc.assert(
      fc.asyncProperty(CHUNKS, fc.integer({ min: 1, max: 9 }), async (chunks, cut) => {
        const parts = (await partsOf(chunks)).flatMap((part) =>
          Array.from({ length: Math.max(1, Math.ceil(part.text.length / cut)) }, (_, index) => ({
            ...part,
            text: part.text.slice(index * cut, (index + 1) * cut),
          })),
        );
        const reader = createChunkReader('form');
        const read = parts.flatMap((part) => reader.feed([part]));
        expect(read.map(({ chunk, key }) => ({ chunk, key }))).toEqual(
          chunks.map((chunk, key) => ({ chunk, key })),
        );
        expect(createChunkReader('form').feed(parts)).toEqual(read);
        expect(createChunkReader('other').feed(parts)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it('are joined where they say more of the same, and given on from any place, however the reply is cut', async () => {
    await fc.assert(
      fc.asyncProperty(CHUNKS, fc.nat(200), async (chunks, cut) => {
        const parts = await partsOf(chunks, true);
        const whole = createChunkReader('form').feed(parts);
        expect(said(whole.map(({ chunk }) => chunk))).toEqual(said(chunks));
        // A reader that is told a part, and then all of it anew.
        const text = createReplyText(parts);
        const offset = Math.min(cut, text.length);
        const given = createChunkReader('form').feed(
          cutParts(text.since(0), offset, text.blocksBefore(offset)),
        );
        let place = { line: -1, units: 0 };
        const seen: JsonObject[] = [];
        for (const logged of [...given, ...whole]) {
          const fresh = chunkAfter(logged, place);
          if (!fresh) continue;
          place = fresh.before;
          seen.push(fresh.chunk);
        }
        expect(said(seen)).toEqual(said(chunks));
        const one = createChunkReader('form');
        expect(said(parts.flatMap((part) => one.feed([part])).map(({ chunk }) => chunk))).toEqual(
          said(chunks),
        );
      }),
      { numRuns: 200 },
    );
  });

  it('hold no text twice', async () => {
    const delta = 'It grows, word by word. '.repeat(50);
    const parts = await partsOf([{ type: 'text-delta', id: '1', delta }]);
    const length = parts.reduce((sum, part) => sum + part.text.length, 0);
    expect(length).toBeLessThan(delta.length * 1.1);
  });
});
