import { expect, it } from 'vitest';
import { freshParts } from '../../../src/domain/replies/fresh-parts.js';
import { MAX_REPLY_PIECES } from '../../../src/domain/replies/reply-inputs.js';
import { createReplyText } from '../../../src/domain/replies/reply-text.js';
import { aPart } from '../../stores/contract/inputs.js';

const backAndForth = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ block: n % 2, text: 'x' }));

it('a reply goes from one block to another so often that its pieces fit into memory, and stays in one as long as it likes', () => {
  const text = createReplyText();
  for (let n = 0; n < MAX_REPLY_PIECES; n += 512)
    text.append(freshParts(text, text.length, backAndForth(512)));
  expect(text.pieces).toBe(MAX_REPLY_PIECES);
  expect(() => freshParts(text, text.length, backAndForth(1))).toThrow(
    expect.objectContaining({ code: 'DOCUMENT_TOO_LARGE', details: { maxPieces: MAX_REPLY_PIECES } }),
  );
  const long = createReplyText();
  for (let n = 0; n < 20_000; n++) long.append(freshParts(long, long.length, [aPart(0, 'some words')]));
  expect(long.pieces).toBeLessThan(100);
});
