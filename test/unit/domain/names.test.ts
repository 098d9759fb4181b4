import { describe, expect, it } from 'vitest';
import {
  checkAgentId,
  checkIdempotencyKey,
  checkMetadataPath,
  checkMetadataPaths,
  checkSessionId,
  MAX_NAME_LENGTH,
} from '../../../src/domain/sessions/names.js';

const refusal = (act: () => unknown) => {
  try {
    act();
  } catch (error) {
    return error as { code: string; message: string };
  }
  throw new Error('nothing was refused');
};

describe('names', () => {
  it.each(['a$b', '10', 'constructor', '__proto__', 'ünïcödé', ' '])('takes %j as an agent id', (id) => {
    expect(() => checkAgentId(id)).not.toThrow();
  });

  it.each([
    ['', 'empty'],
    ['a.b', 'dot'],
    ['$a', '$'],
    ['a\0b', 'NUL'],
    ['\ud800', 'surrogate'],
    ['x'.repeat(MAX_NAME_LENGTH + 1), '512'],
  ])('refuses %j as an agent id and says why', (id, why) => {
    const { code, message } = refusal(() => checkAgentId(id));
    expect(code).toBe('INVALID_NAME');
    expect(message).toContain(why);
    expect(message.length).toBeLessThan(250);
  });

  it('takes a dot and a dollar in a session id, but no NUL', () => {
    expect(() => checkSessionId('$a.b')).not.toThrow();
    expect(refusal(() => checkSessionId('a\0')).code).toBe('INVALID_NAME');
  });

  it('takes idempotency keys of 1 to 200 characters', () => {
    expect(() => checkIdempotencyKey('k'.repeat(200))).not.toThrow();
    expect(refusal(() => checkIdempotencyKey('')).code).toBe('BAD_USER_INPUT');
    expect(refusal(() => checkIdempotencyKey('k'.repeat(201))).message).toContain('201');
    expect(refusal(() => checkIdempotencyKey('\udfff')).code).toBe('BAD_USER_INPUT');
  });
});

describe('metadata paths', () => {
  it.each(['user.name', 'tags.0', '__proto__.x', 'a$b', '0', 'a.'.repeat(31).concat('a')])(
    'takes %j',
    (path) => {
      expect(checkMetadataPath(path)).toEqual(path.split('.'));
    },
  );

  it.each([
    ['', 'segment 1'],
    ['a..b', 'segment 2'],
    ['a.', 'segment 2'],
    ['$x', '$'],
    ['tags.$[]', 'segment 2'],
    ['a\0', 'NUL'],
    ['\ud800.b', 'surrogate'],
    ['a.'.repeat(32).concat('a'), '33 segments'],
  ])('refuses %j and names the segment', (path, why) => {
    const { code, message } = refusal(() => checkMetadataPath(path));
    expect(code).toBe('INVALID_METADATA_PATH');
    expect(message).toContain(why);
  });

  it('refuses a batch whose paths touch each other, because the order would decide', () => {
    expect(refusal(() => checkMetadataPaths(['a', 'a'])).message).toContain('twice');
    expect(refusal(() => checkMetadataPaths(['user.name', 'x', 'user'])).message).toContain('"user"');
    expect(() => checkMetadataPaths(['user.name', 'user.role', 'username'])).not.toThrow();
  });
});
