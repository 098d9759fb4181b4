import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { createProgressCursors } from '../../../src/domain/live/progress-cursor.js';
import { freshParts } from '../../../src/domain/replies/fresh-parts.js';
import type { ReplyPart } from '../../../src/domain/replies/model.js';
import { createReplyText, cutParts, lengthOf } from '../../../src/domain/replies/reply-text.js';
import type { SessionProgress } from '../../../src/domain/sessions/session-cursor.js';
import { createCursorCodec } from '../../../src/graphql/cursor.js';
import { aPart } from '../../stores/contract/inputs.js';

/** Parts whose blocks begin in turn, and then grow in any. */
const someParts = fc
  .array(fc.tuple(fc.nat(3), fc.string({ unit: 'grapheme', maxLength: 9 })), { maxLength: 40 })
  .map((pieces) => {
    let blocks = 0;
    return pieces.map(([wanted, text]) => {
      const block = Math.min(wanted, blocks);
      blocks = Math.max(blocks, block + 1);
      return aPart(block, text);
    });
  });
const said = (parts: readonly ReplyPart[]) =>
  parts.flatMap(({ block, text }) => [...text].map((character) => `${block}${character}`)).join('|');

describe('the text of a reply', () => {
  it('of a long one has a hash at any place that goes through a few thousand characters', () => {
    const pieces = ['a'.repeat(10_000), 'b', 'c'.repeat(3_000), 'd'.repeat(50_000)];
    const parts = pieces.map((text, index) => aPart(index % 2, text));
    const text = createReplyText(parts);
    const offsets = [0, 1, 4_095, 4_096, 4_097, 9_999, 10_000, 10_001, 13_001, 30_000, text.length];
    const expected = offsets.map((at) => createReplyText(cutParts(parts, at, 2)).hash);
    const looked = vi.spyOn(String.prototype, 'charCodeAt');
    const found = offsets.map((at) => text.hashAt(at));
    const looks = looked.mock.calls.length;
    looked.mockRestore();
    expect(found).toEqual(expected);
    expect(looks).toBeLessThan(offsets.length * 4_096);
  });

  it('is the same however it was cut: its length, its blocks, its hash, and what comes after any place', () => {
    fc.assert(
      fc.property(someParts, fc.nat(), (parts, seed) => {
        const whole = createReplyText(parts);
        const again = createReplyText(whole.since(0));
        expect(again.length).toBe(lengthOf(parts));
        expect(again.hash).toBe(whole.hash);
        expect(again.blocks()).toEqual(whole.blocks());
        const offset = seed % (whole.length + 1);
        const before = cutParts(whole.since(0), offset, whole.blockCount);
        expect(lengthOf(before)).toBe(offset);
        expect(whole.hashAt(offset)).toBe(createReplyText(before).hash);
        expect([...before, ...whole.since(offset)].map(({ text }) => text).join('')).toBe(
          whole
            .since(0)
            .map(({ text }) => text)
            .join(''),
        );
      }),
    );
  });

  it('takes what is new of parts that were sent before, wherever they begin', () => {
    fc.assert(
      fc.property(someParts, someParts, fc.nat(), (first, second, seed) => {
        const text = createReplyText(first);
        const both = createReplyText([...first, ...second]);
        const offset = seed % (text.length + 1);
        const sentAgain = both.since(offset, text.blockCount);
        text.append(freshParts(text, offset, sentAgain));
        expect(said(text.since(0))).toBe(said(both.since(0)));
      }),
    );
  });

  it('refuses other text than there is', () => {
    const text = createReplyText([aPart(0, 'Hello'), aPart(1, 'x')]);
    const conflict = expect.objectContaining({ code: 'IDEMPOTENCY_CONFLICT' });
    for (const given of [[aPart(0, 'lO')], [aPart(1, 'lo')], [aPart(0, 'lo'), aPart(0, 'x')]]) {
      expect(() => freshParts(text, 3, given)).toThrow(conflict);
    }
    expect(freshParts(text, 3, [aPart(0, 'lo'), aPart(1, 'xy')])).toEqual([aPart(1, 'y')]);
  });
});

describe('a cursor in the middle of a reply', () => {
  const codec = createCursorCodec(Buffer.alloc(32, 7));
  const cursors = createProgressCursors(codec, ['scope']);
  const place = { agentId: 'a', offset: 7, blocks: 1, durable: 3, hash: 99, abandoned: false };
  const progress: SessionProgress = {
    position: '0001',
    createdAt: 5,
    heads: new Map(),
    replies: new Map([['r', place]]),
  };

  it('opens as it was sealed, and after the reply has grown', () => {
    expect(cursors.open(cursors.seal(progress))).toEqual(progress);
    place.offset = 9;
    expect(cursors.open(cursors.sealPlaces(progress))?.replies.get('r')?.offset).toBe(9);
    expect(cursors.open(cursors.sealPlaces({ ...progress, position: '0002' }))?.position).toBe('0002');
    expect(createProgressCursors(codec, ['other']).open(cursors.seal(progress))).toBeNull();
  });

  it('opens with all the replies of a session, whatever they and their agents are called', () => {
    const names = ['r', 'r"\\', 'Überraschung', '😀'.repeat(40), 'x'.repeat(200)];
    const replies = new Map(
      names.map((name, n) => [`${name}${n}`, { ...place, agentId: name, offset: n, abandoned: n % 2 === 1 }]),
    );
    const several = { ...progress, replies };
    for (let left = names.length; left > 0; left--) {
      expect(cursors.open(cursors.seal(several))).toEqual(several);
      replies.delete(replies.keys().next().value as string);
    }
  });

  it('is refused where it is damaged', () => {
    const [sealed = ''] = cursors.seal(progress).split('.');
    const damaged = [
      '',
      '?',
      Buffer.from('{}').toString('base64url'),
      Buffer.from('[[1,2,3]]').toString('base64url'),
      Buffer.from('[["r","a",-1,0,0,0,0]]').toString('base64url'),
      Buffer.from(JSON.stringify(Array(500).fill(['r', 'a', 1, 0, 0, 0, 0]))).toString('base64url'),
    ];
    for (const places of damaged) {
      expect(() => cursors.open(`${sealed}.${places}`)).toThrow(
        expect.objectContaining({ code: 'INVALID_CURSOR' }),
      );
    }
    expect(() => cursors.open(`x${cursors.seal(progress)}`)).toThrow(
      expect.objectContaining({ code: 'INVALID_CURSOR' }),
    );
  });
});
