import { describe, expect, it, onTestFinished } from 'vitest';
import { ParleyError } from '../../../src/domain/errors.js';
import { checkParts, freshParts } from '../../../src/domain/replies/fresh-parts.js';
import type { ReplyBlock } from '../../../src/domain/replies/model.js';
import { gap } from '../../../src/domain/replies/reply-errors.js';
import { createReplyText } from '../../../src/domain/replies/reply-text.js';
import { createReplyWriter, type ReplyCalls } from '../../../src/domain/replies/reply-writer.js';

const ENDED = { replyId: 'r', epoch: 1, timeoutMs: 60_000 };

/** A server with the rules of the real one, that fails as `fails` says: before or after it has taken a call. */
function stage({
  there = [] as ReplyBlock[],
  fails = (_call: number): 'before' | 'after' | null => null,
} = {}) {
  let text = createReplyText(there);
  let call = 0;
  const offsets: number[] = [];
  let release: Promise<void> | null = null;
  const down = () => new ParleyError('STORE_UNAVAILABLE', 'It is away.');
  const calls: ReplyCalls<string, string> = {
    async continue({ offset, parts }) {
      await release;
      offsets.push(offset);
      const fail = fails(call++);
      if (fail === 'before') throw down();
      checkParts(parts);
      if (offset > text.length) throw gap(text.length, offset);
      text.append(freshParts(text, offset, parts));
      if (fail === 'after') throw down();
      return { offset: text.length };
    },
    async finish({ offset, message }) {
      if (offset !== text.length) throw gap(text.length, offset);
      if (text.length === 0) throw new ParleyError('BAD_USER_INPUT', 'The reply says nothing yet.');
      return message ?? saidBy(text.blocks());
    },
    abort: async ({ keep, reason }) => (keep === 'message' ? `${saidBy(text.blocks())} (${reason})` : null),
  };
  const closing = new AbortController();
  const underWay = new Set<Promise<unknown>>();
  const writer = createReplyWriter({
    started: ENDED,
    there,
    calls,
    closed: closing.signal,
    underWay,
    pause: async () => {},
    random: () => 0.5,
  });
  onTestFinished(() => writer[Symbol.asyncDispose]());
  return {
    writer,
    closing,
    underWay,
    offsets,
    blocks: () => text.blocks(),
    /** What was not kept is gone, as after a crash of a server that keeps it a little later. */
    lose(length: number) {
      const kept = createReplyText();
      for (const part of text.since(0)) {
        const room = length - kept.length;
        if (room > 0) kept.append([{ ...part, text: part.text.slice(0, room) }]);
      }
      text = kept;
    },
    hold() {
      let open = () => {};
      release = new Promise((resolve) => {
        open = resolve;
      });
      return () => {
        release = null;
        open();
      };
    },
  };
}

const saidBy = (blocks: readonly ReplyBlock[]) =>
  blocks.map(({ kind, text }) => (kind === 'text' ? text : `<${kind} ${text}>`)).join('');

describe('the writer of a reply', () => {
  // biome-ignore lint/suspicious/noExplicitAny: what a model has not said, as a caller in plain JavaScript may pass it.
  it.each<any>([
    undefined,
    null,
    5,
    {},
    { text: undefined },
    { kind: 'reasoning', text: null },
    { delta: 'x' },
  ])('takes no %j for a piece, of which the word undefined would be said', async (piece) => {
    const { writer, blocks } = stage();
    await writer.write('Hello');
    await expect(writer.write(piece)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    await expect(writer.pipe(piece)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    await writer.write(' there');
    await writer.flush();
    expect(blocks().map(({ text }) => text)).toEqual(['Hello there']);
  });

  it('writes blocks of each kind, in turns', async () => {
    const { writer, blocks } = stage();
    await writer.write({ kind: 'reasoning', text: 'hm' });
    await writer.write('Let me ');
    await writer.write('look');
    await writer.write({ kind: 'tool-input', toolUseId: 't1', name: 'search', text: '{"q":' });
    await writer.write({ kind: 'tool-input', toolUseId: 't2', name: 'read', text: '' });
    await writer.write({ kind: 'tool-input', toolUseId: 't1', name: 'search', text: '1}' });
    await writer.write({ kind: 'tool-result', toolUseId: 't1', text: 'found' });
    await writer.write({ text: 'A', id: 'a' });
    await writer.write({ text: 'B', id: 'b' });
    await writer.write({ text: 'A', id: 'a' });
    const message = await writer.finish();
    expect(message).toBe('<reasoning hm>Let me look<tool-input {"q":1}><tool-input ><tool-result found>AAB');
    expect(blocks().map(({ kind, toolUseId, name }) => [kind, toolUseId, name])).toEqual([
      ['reasoning', null, null],
      ['text', null, null],
      ['tool-input', 't1', 'search'],
      ['tool-input', 't2', 'read'],
      ['tool-result', 't1', null],
      ['text', null, null],
      ['text', null, null],
    ]);
  });

  it('writes data into one block beside what is said, which goes on', async () => {
    const { writer, blocks } = stage();
    await writer.write({ kind: 'data', name: 'form', text: '1\n' });
    await writer.write('Let ');
    await writer.write({ kind: 'data', name: 'form', text: '2\n' });
    await writer.write('me.');
    await writer.flush();
    expect(blocks().map(({ kind, name, text }) => [kind, name, text])).toEqual([
      ['data', 'form', '1\n2\n'],
      ['text', null, 'Let me.'],
    ]);
    await writer.finish();
  });

  it('writes each piece once where calls fail before and after they are taken', async () => {
    const { writer } = stage({
      fails: (call) => (['after', 'before', null, 'after'] as const)[call % 4] ?? null,
    });
    const pieces = Array.from({ length: 40 }, (_, index) => `${index} `);
    for (const piece of pieces) {
      await writer.write(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await writer.finish()).toBe(pieces.join(''));
  });

  it('gives no call more parts than it takes, those of blocks without text among them', async () => {
    const { writer, hold, blocks } = stage();
    const release = hold();
    const tools = Array.from({ length: 600 }, (_, index) => `t${index}`);
    for (const toolUseId of tools) await writer.write({ kind: 'tool-input', toolUseId, name: 'n', text: '' });
    for (let turn = 0; turn < 400; turn++) {
      for (const id of ['a', 'b']) await writer.write({ text: id, id });
    }
    release();
    await writer.finish();
    expect(blocks()).toHaveLength(602);
    expect(blocks().slice(600)).toMatchObject([{ text: 'a'.repeat(400) }, { text: 'b'.repeat(400) }]);
  });

  it('goes on from where the server says, after that has lost text', async () => {
    const { writer, lose } = stage();
    await writer.write('Hello, ');
    await writer.write({ kind: 'tool-input', toolUseId: 't', name: 'n', text: '{}' });
    await new Promise((resolve) => setImmediate(resolve));
    lose(3);
    await writer.write('world');
    expect(await writer.finish()).toBe('Hello, <tool-input {}>world');
  });

  it('sends again at its end what was lost after the last call', async () => {
    const { writer, lose } = stage();
    await writer.write('Hello');
    await new Promise((resolve) => setImmediate(resolve));
    lose(0);
    expect(await writer.finish()).toBe('Hello');
  });

  it('goes on with what a writer before it has written', async () => {
    const block = { kind: 'text', toolUseId: null, name: null, status: null, block: 0, text: 'Hel' } as const;
    const { writer, offsets } = stage({ there: [block] });
    await writer.write({ text: 'lo', id: 'next' });
    expect(await writer.finish()).toBe('Hello');
    expect(offsets).toEqual([3]);
  });

  it('puts the halves of a character together, whatever comes between', async () => {
    const { writer } = stage();
    const [first, second] = ['\u{1F600}'.slice(0, 1), '\u{1F600}'.slice(1)];
    await writer.write({ text: `a${first}`, id: 'a' });
    await writer.write({ text: `b${first}`, id: 'b' });
    await writer.write({ text: `${second}c`, id: 'a' });
    expect(await writer.finish()).toBe('a\u{1F600}cb\uFFFD');
  });

  it('lets whoever writes wait where the server is slow, and sends what waits together', async () => {
    const { writer, hold, offsets } = stage();
    const release = hold();
    const long = 'x'.repeat(40_000);
    await writer.write(long);
    let second = false;
    const writing = writer.write(long).then(() => {
      second = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(second).toBe(false);
    release();
    await writing;
    expect((await writer.finish()).length).toBe(80_000);
    expect(offsets.length).toBeLessThanOrEqual(2);
  });

  it('sends a large text in several calls', async () => {
    const { writer, offsets } = stage();
    const long = 'ab\u{1F600}'.repeat(200_000);
    await writer.write(long);
    expect(await writer.finish()).toBe(long);
    expect(offsets.length).toBeGreaterThan(2);
  });

  it('rejects once it was taken over, and says so at each call', async () => {
    const { writer } = stage({
      fails: () => {
        throw new ParleyError('REPLY_TAKEN_OVER', 'Another writer has taken over.');
      },
    });
    await writer.write('Hello').catch(() => {});
    await expect(writer.finish()).rejects.toMatchObject({ code: 'REPLY_TAKEN_OVER' });
    await expect(writer.write('!')).rejects.toMatchObject({ code: 'REPLY_TAKEN_OVER' });
  });

  it('may be finished otherwise, or aborted, where its end is refused', async () => {
    const { writer } = stage();
    await expect(writer.finish()).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    await writer.write('Hello');
    expect(await writer.finish({ message: 'given' })).toBe('given');
    await expect(writer.write('!')).rejects.toMatchObject({ code: 'REPLY_OVER' });
    await expect(writer.abort()).rejects.toMatchObject({ code: 'REPLY_OVER' });
  });

  it('keeps what it says where it is left unfinished', async () => {
    const aborted: unknown[] = [];
    const { writer } = stage();
    const abort = writer.abort;
    writer.abort = async (options) => {
      aborted.push(options);
      return abort(options);
    };
    await writer.write('Hel');
    await writer[Symbol.asyncDispose]();
    await writer[Symbol.asyncDispose]();
    expect(aborted).toEqual([{ keep: 'message', reason: 'Its writer ended before it was finished.' }]);
  });

  it('refuses each call with the error of what it writes over, once that is closed', async () => {
    const { writer, closing } = stage();
    await writer.write('one');
    await writer.flush();
    closing.abort(new ParleyError('STORE_UNAVAILABLE', 'It is closed.'));
    for (const call of [
      () => writer.write('two'),
      () => writer.flush(),
      () => writer.finish(),
      () => writer.abort({ keep: 'message' }),
    ])
      await expect(call()).rejects.toThrow('It is closed.');
    await writer[Symbol.asyncDispose]();
  });

  it('tries again no more once what it writes over is closed', async () => {
    const { writer, closing, underWay } = stage({
      fails: () => {
        closing.abort(new ParleyError('STORE_UNAVAILABLE', 'It is closed.'));
        return 'before';
      },
    });
    await expect(writer.write('one').then(() => writer.flush())).rejects.toThrow('It is closed.');
    await Promise.allSettled(underWay);
    expect(underWay.size).toBe(0);
  });

  it('brings to an end what has begun before it is closed', async () => {
    const { writer, closing, hold, blocks, underWay } = stage();
    const open = hold();
    await writer.write('one ');
    await writer.write('two');
    const message = writer.finish();
    closing.abort(new ParleyError('STORE_UNAVAILABLE', 'It is closed.'));
    expect(underWay.size).toBeGreaterThan(0);
    open();
    expect(await message).toBe('one two');
    expect(blocks().map(({ text }) => text)).toEqual(['one two']);
  });

  it('pipes a stream, and rejects as that does', async () => {
    const { writer } = stage();
    async function* stream() {
      yield 'Hel';
      yield { type: 'text-delta', id: '1', text: 'lo' };
      throw new Error('the model is gone');
    }
    await expect(writer.pipe(stream())).rejects.toThrow('the model is gone');
    expect(await writer.abort({ keep: 'message', reason: 'gone' })).toBe('Hello (gone)');
  });

  it('sends what is written in whatever moment of the answer to the piece before', async () => {
    for (let moment = 0; moment < 20; moment++) {
      const { writer, blocks } = stage();
      void writer.write('It ');
      for (let turn = 0; turn < moment; turn++) await Promise.resolve();
      void writer.write('grows.');
      await new Promise((resolve) => setImmediate(resolve));
      expect(saidBy(blocks())).toBe('It grows.');
    }
  });
});
