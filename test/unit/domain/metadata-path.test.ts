import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/domain/json/json-value.js';
import {
  getPath,
  pickPaths,
  setPath,
  unsetPath,
  withPath,
} from '../../../src/domain/sessions/metadata-path.js';

const from = (json: string) => JSON.parse(json) as JsonObject;

describe('setting a metadata path', () => {
  it.each([
    [
      'keeps what lies beside it',
      '{"user":{"name":"A","role":"x"}}',
      'user.name',
      'B',
      '{"user":{"name":"B","role":"x"}}',
    ],
    ['makes missing parents objects', '{}', 'a.0.b', 1, '{"a":{"0":{"b":1}}}'],
    ['indexes an array where there is one', '{"t":["a","b"]}', 't.1', 'c', '{"t":["a","c"]}'],
    ['pads an array with null', '{"t":["a"]}', 't.3', 'd', '{"t":["a",null,null,"d"]}'],
    ['replaces an object whole', '{"u":{"a":1}}', 'u', { b: 2 }, '{"u":{"b":2}}'],
    ['takes __proto__ as data', '{}', '__proto__.polluted', true, '{"__proto__":{"polluted":true}}'],
  ])('%s', (_what, before, path, value, after) => {
    const root = from(before);
    setPath(root, path, value as never);
    expect(JSON.stringify(root)).toBe(after);
    const given = from(before);
    expect(JSON.stringify(withPath(given, path, value as never))).toBe(after);
    expect(JSON.stringify(given)).toBe(before);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it.each([
    ['{"a":1}', 'a.b'],
    ['{"a":null}', 'a.b'],
    ['{"t":[]}', 't.name'],
    ['{"t":[]}', 't.99999999'],
  ])('is refused through what is no object: %s at %s', (before, path) => {
    const root = from(before);
    expect(() => setPath(root, path, 1)).toThrow(expect.objectContaining({ code: 'INVALID_METADATA_PATH' }));
    expect(() => withPath(root, path, 1)).toThrow(expect.objectContaining({ code: 'INVALID_METADATA_PATH' }));
    expect(JSON.stringify(root)).toBe(before);
  });
});

describe('removing a metadata path', () => {
  it.each([
    ['{"user":{"name":"A","role":"x"}}', 'user.role', '{"user":{"name":"A"}}'],
    ['{"t":["a","b"]}', 't.0', '{"t":[null,"b"]}'],
    ['{"t":["a"]}', 't.5', '{"t":["a"]}'],
    ['{"a":1}', 'b.c', '{"a":1}'],
    ['{"a":1}', 'a.b', '{"a":1}'],
    ['{"__proto__":{"x":1}}', '__proto__', '{}'],
  ])('of %s at %s leaves %s', (before, path, after) => {
    const root = from(before);
    unsetPath(root, path);
    expect(JSON.stringify(root)).toBe(after);
  });
});

describe('reading metadata paths', () => {
  it('finds own values alone', () => {
    const root = from('{"a":{"b":[1,2]},"n":null}');
    expect(getPath(root, 'a.b.1')).toBe(2);
    expect(getPath(root, 'n')).toBeNull();
    expect(getPath(root, 'constructor')).toBeUndefined();
    expect(getPath(root, '__proto__')).toBeUndefined();
    expect(getPath(root, 'a.b.length')).toBeUndefined();
  });

  it('picks some paths, nested as they are', () => {
    const root = from('{"user":{"name":"A","role":"x"},"k":1,"t":["a","b"]}');
    expect(pickPaths(root, ['user.name', 'missing', 't.1'])).toEqual({ user: { name: 'A' }, t: { 1: 'b' } });
  });
});
