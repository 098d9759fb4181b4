import { expect, it } from 'vitest';
import { randomBytes } from '../../src/random-bytes.js';

it('random bytes are handed out once, as many as are asked for', () => {
  const taken = Array.from({ length: 1_000 }, () => randomBytes(16).toString('hex'));
  expect(new Set(taken).size).toBe(1_000);
  expect(taken.every((bytes) => bytes.length === 32)).toBe(true);
});

it('more random bytes than are drawn at once come whole', () => {
  const many = randomBytes(10_000);
  expect(many).toHaveLength(10_000);
  expect(new Set(many).size).toBe(256);
  expect(randomBytes(0)).toHaveLength(0);
});
