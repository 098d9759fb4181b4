import { createCipheriv, createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createCounterMode, createMac } from '../../../src/graphql/keyed-text.js';

const bytes = (length: number, first = 1) =>
  Buffer.from(Array.from({ length }, (_, n) => (first + n * 7) % 256));

describe('a keyed hash', () => {
  it.each([0, 1, 32, 64])('is the HMAC of node:crypto, by a key of %i bytes', (length) => {
    const key = bytes(length);
    const mac = createMac(key, 'kind\0');
    for (const text of [Buffer.alloc(0), bytes(1), bytes(300)]) {
      expect(mac(text)).toEqual(createHmac('sha256', key).update('kind\0').update(text).digest());
    }
  });
});

describe('counter mode', () => {
  it.each([
    ['as it comes', bytes(16)],
    ['where the counter carries', Buffer.alloc(16, 255)],
    ['where it carries within', Buffer.from([...bytes(14), 255, 254])],
  ])('is the one of node:crypto, %s', (_name, start) => {
    const key = bytes(32, 9);
    const cipher = createCounterMode(key);
    for (const length of [0, 1, 15, 16, 33, 5_000]) {
      const text = bytes(length, 3);
      expect(cipher(start, text)).toEqual(createCipheriv('aes-256-ctr', key, start).update(text));
    }
  });

  it('makes of what it made what was there before', () => {
    const cipher = createCounterMode(bytes(32));
    expect(cipher(bytes(16), cipher(bytes(16), bytes(100)))).toEqual(bytes(100));
  });
});
