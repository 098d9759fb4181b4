import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createCursorCodec, LONGEST_OF_PAGE } from '../../../src/graphql/cursor.js';

const secret = Buffer.alloc(32, 7);
const PAYLOAD = ['{"metadata":[{"equals":"alice","path":"user.id"}]}', '123456'];
const invalid = expect.objectContaining({ code: 'INVALID_CURSOR' });

describe('a cursor', () => {
  it('is opened by every instance of its database, and by no other', () => {
    const cursor = createCursorCodec(secret).seal('activity-feed', PAYLOAD);
    expect(createCursorCodec(Buffer.from(secret)).open('activity-feed', cursor)).toEqual(PAYLOAD);
    expect(createCursorCodec(secret).seal('activity-feed', PAYLOAD)).toBe(cursor);
    expect(() => createCursorCodec(Buffer.alloc(32, 8)).open('activity-feed', cursor)).toThrow(invalid);
    expect(() => createCursorCodec(secret).open('sessions', cursor)).toThrow(invalid);
  });

  it('cannot be read by its holder, nor does its length tell how large a number is', () => {
    const { seal } = createCursorCodec(secret);
    const bytes = Buffer.from(seal('activity-feed', PAYLOAD), 'base64url').toString('latin1');
    for (const part of ['alice', 'user.id', '123456']) expect(bytes).not.toContain(part);
    expect(seal('activity-feed', ['x', '9']).length).toBe(seal('activity-feed', ['x', '1000000']).length);
    const other = Buffer.from(seal('activity-feed', ['', '123457']), 'base64url');
    const one = Buffer.from(seal('activity-feed', ['', '123456']), 'base64url');
    const same = one.filter((byte, index) => byte === other[index]).length;
    expect(same).toBeLessThan(8);
  });

  it('is refused with any change, and in any other spelling', () => {
    const { seal, open } = createCursorCodec(secret);
    const cursor = seal('messages', ['s', 'a', 5]);
    const bytes = Buffer.from(cursor, 'base64url');
    for (let index = 0; index < bytes.length; index++) {
      const changed = Buffer.from(bytes);
      changed[index] = (changed[index] as number) ^ 1;
      expect(() => open('messages', changed.toString('base64url'))).toThrow(invalid);
    }
    for (const text of ['', 'x', `${cursor}=`, ` ${cursor}`, `${cursor}!`, cursor.slice(0, 22)]) {
      expect(() => open('messages', text)).toThrow(invalid);
    }
  });

  it('of an older version, which could be read, is still good', () => {
    const body = Buffer.from(JSON.stringify(PAYLOAD));
    const old = (key: Uint8Array) =>
      Buffer.concat([
        createHmac('sha256', key).update('activity-feed').update('\0').update(body).digest().subarray(0, 16),
        body,
      ]).toString('base64url');
    const { open } = createCursorCodec(secret);
    expect(open('activity-feed', old(secret))).toEqual(PAYLOAD);
    expect(() => open('sessions', old(secret))).toThrow(invalid);
    expect(() => open('activity-feed', old(Buffer.alloc(32)))).toThrow(invalid);
  });

  it('of a page is refused where it is longer than any that is given, without a look at it', () => {
    const codec = createCursorCodec(secret);
    const name = '\u0001'.repeat(2_048);
    const longest = codec.seal('snapshots', name);
    expect(codec.open('snapshots', longest, LONGEST_OF_PAGE)).toBe(name);
    const longer = codec.seal('snapshots', name.repeat(2));
    expect(codec.open('snapshots', longer)).toBe(name.repeat(2));
    expect(() => codec.open('snapshots', longer, LONGEST_OF_PAGE)).toThrow(invalid);
  });
});
