import {
  memoryStream,
  resumeServerSentEventsResponse,
  type StreamChunk,
  toServerSentEventsResponse,
  type UpsertableStreamDurability,
} from '@tanstack/ai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStreams, type RunSource, type Streams } from '../../src/adapters/tanstack-ai/index.js';
import { BACKINGS, type Backing } from './backings.js';

type Durability = UpsertableStreamDurability;
interface Subject {
  /** Another reader or writer of a run, as another request has it. */
  durability(source: Request | RunSource): Durability;
  close(): Promise<void>;
}

let serial = 0;
const newRun = () => `run ${++serial}/ä`;

const started = (runId: string) => ({ type: 'RUN_STARTED', threadId: 't', runId }) as unknown as StreamChunk;
const said = (delta: string) =>
  ({ type: 'TEXT_MESSAGE_CONTENT', messageId: 'm', delta }) as unknown as StreamChunk;
const ended = (runId: string) =>
  ({ type: 'RUN_FINISHED', threadId: 't', runId, finishReason: 'stop' }) as unknown as StreamChunk;

/** What the package's own durability does is what every durability has to do. */
const SUBJECTS: Record<string, () => Promise<Subject>> = {
  'its own memory': async () => ({ durability: (source) => memoryStream(source), close: async () => {} }),
  ...Object.fromEntries(
    Object.entries(BACKINGS).map(([name, openBacking]) => [
      name,
      async () => {
        const backing: Backing = await openBacking();
        const streams: Streams[] = [];
        for (let index = 0; index < 2; index++)
          streams.push(
            await openStreams({ ...backing.place(), sessionId: 'thread', firstChunkDeadlineMs: 2_000 }),
          );
        let next = 0;
        return {
          durability: (source: Request | RunSource) => (streams[next++ % 2] as Streams).durability(source),
          async close() {
            await Promise.all(streams.map((one) => one.close()));
            await backing.close();
          },
        };
      },
    ]),
  ),
};

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe.each(Object.entries(SUBJECTS))('the durability of a run of TanStack AI on %s', (_name, open) => {
  let subject: Subject;
  beforeAll(async () => {
    subject = await open();
  });
  afterAll(() => subject.close());

  it('gives each chunk an offset, and what is behind it to a reader that resumes there', async () => {
    const runId = newRun();
    const writer = subject.durability({ runId });
    expect(writer.resumeFrom()).toBeNull();
    const chunks = [started(runId), said('It '), said('grows\ud83c'), said('\udf31, word\n'), ended(runId)];
    const offsets = [...(await writer.append(chunks.slice(0, 2))), ...(await writer.append(chunks.slice(2)))];
    expect(offsets).toHaveLength(5);
    expect(new Set(offsets).size).toBe(5);
    for (const offset of offsets) expect(offset).toMatch(/^\S+$/);
    expect(await writer.append([])).toEqual([]);
    await writer.close();
    const log = chunks.map((chunk, index) => ({ chunk, offset: offsets[index] as string }));
    for (const [index, offset] of ['-1', ...offsets].entries()) {
      const reader = subject.durability({ runId, offset });
      expect(reader.resumeFrom()).toBe(offset);
      expect(await all(reader.read(offset))).toEqual(log.slice(index));
    }
    expect(await all(subject.durability({ runId }).read('now'))).toEqual([]);
    expect(await subject.durability({ runId }).snapshot()).toEqual(log);
  });

  it('keeps a reader until the run is closed, also behind what ends a turn', async () => {
    const runId = newRun();
    const writer = subject.durability({ runId });
    const [first] = await writer.append([started(runId)]);
    const readers = ['-1', first as string].map((offset) => {
      const seen: StreamChunk[] = [];
      const done = (async () => {
        for await (const { chunk } of subject.durability({ runId, offset }).read(offset)) seen.push(chunk);
      })();
      return { seen, done };
    });
    await writer.append([ended(runId)]);
    await writer.append([said('more')]);
    await writer.close();
    await Promise.all(readers.map(({ done }) => done));
    expect(readers[0]?.seen).toEqual([started(runId), ended(runId), said('more')]);
    expect(readers[1]?.seen).toEqual([ended(runId), said('more')]);
  });

  it('ends a reader that is aborted, and refuses one of a run that is not there', async () => {
    const runId = newRun();
    const writer = subject.durability({ runId });
    await writer.append([started(runId)]);
    const left = new AbortController();
    const reading = all(subject.durability({ runId }).read('-1', left.signal));
    left.abort();
    expect((await reading).length).toBeLessThanOrEqual(1);
    await expect(all(subject.durability({ runId: newRun() }).read('-1'))).rejects.toThrow();
    const other = newRun();
    const [offset] = await subject.durability({ runId: other }).append([started(other)]);
    await expect(all(writer.read(offset as string))).rejects.toThrow();
    await expect(all(writer.read('elsewhere'))).rejects.toThrow();
    await writer.close();
  });

  it('shows what is there of a run that is open, and nothing of one that never was', async () => {
    const runId = newRun();
    expect(await subject.durability({ runId }).snapshot()).toEqual([]);
    const writer = subject.durability({ runId });
    const [offset] = await writer.append([started(runId)]);
    const snapshot = await subject.durability({ runId }).snapshot();
    expect(snapshot).toEqual([{ offset, chunk: started(runId) }]);
    snapshot.length = 0;
    expect(await subject.durability({ runId }).snapshot()).toHaveLength(1);
    await writer.close();
  });

  it('puts a chunk in the place of one that is there, and takes new ones behind the last', async () => {
    const runId = newRun();
    const first = subject.durability({ runId });
    const [one, two] = (await first.append([started(runId), said('It ')])) as [string, string];
    // The host has died, another one goes on, and derives the same offsets again.
    const other = newRun();
    const elsewhere = subject.durability({ runId: other });
    const made = await elsewhere.append(Array.from({ length: 5 }, () => said('.')));
    const three = (made[4] as string).replace(encodeURIComponent(other), encodeURIComponent(runId));
    const second = subject.durability({ runId });
    expect(await second.upsert([])).toEqual([]);
    const again = [
      { offset: two, chunk: said('That ') },
      { offset: three, chunk: said('grows') },
    ];
    expect(await second.upsert(again)).toEqual([two, three]);
    const log = [{ offset: one, chunk: started(runId) }, ...again];
    expect(await second.snapshot()).toEqual(log);
    for (const wrong of [
      [{ offset: 'elsewhere', chunk: said('x') }],
      [{ offset: made[0] as string, chunk: said('x') }],
      [again[0], again[0]],
      [{ offset: one, chunk: said('x') }, undefined],
      Array(1),
    ])
      await expect(second.upsert(wrong as never)).rejects.toThrow();
    expect(await second.snapshot()).toEqual(log);
    const [next] = await second.append([said('.')]);
    await second.close();
    expect(await all(subject.durability({ runId }).read(one))).toEqual([
      ...log.slice(1),
      { offset: next, chunk: said('.') },
    ]);
    await elsewhere.close();
  });

  it("serves the package's own responses: a reader that was cut off goes on behind its last event", async () => {
    const runId = newRun();
    const ask = (headers: Record<string, string> = {}) =>
      new Request('http://localhost/', { headers: { 'X-Run-Id': encodeURIComponent(runId), ...headers } });
    const stream = (async function* () {
      yield started(runId);
      for (const word of ['It ', 'grows ', 'word by word']) yield said(word);
      yield ended(runId);
    })();
    const first = toServerSentEventsResponse(stream, {
      durability: { adapter: subject.durability(ask()), batch: 1 },
    });
    const events = (await first.text()).split('\n\n').filter((event) => event.includes('data: {'));
    const idOf = (event: string) => /^id: ?(.*)$/m.exec(event)?.[1] as string;
    const second = resumeServerSentEventsResponse({
      adapter: subject.durability(ask({ 'Last-Event-ID': idOf(events[1] as string) })),
    });
    const rest = (await second.text()).split('\n\n').filter((event) => event.includes('data: {'));
    expect(rest).toEqual(events.slice(2));
  });
});
