import { expect, it } from 'vitest';
import { base64Url } from '../../../src/domain/live/base64-url.js';

const PIECES = [
  '[',
  '[1',
  '[12',
  '[["é",',
  '["€😀"]',
  'x'.repeat(63),
  'y'.repeat(64),
  'z'.repeat(65),
  '~\u007f\u0080\u0000',
];

it.each(PIECES)('what is encoded comes back, with up to two spaces behind it: %j', (piece) => {
  const back = Buffer.from(base64Url(piece), 'base64url').toString();
  expect(back.startsWith(piece)).toBe(true);
  expect(back.slice(piece.length)).toMatch(/^ {0,2}$/);
});

it('pieces may stand behind each other', () => {
  const back = Buffer.from(PIECES.map(base64Url).join(''), 'base64url').toString();
  expect(back.replaceAll(' ', '')).toBe(PIECES.join(''));
});
