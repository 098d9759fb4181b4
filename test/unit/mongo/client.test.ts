import { describe, expect, it } from 'vitest';
import { createFeedPool, createPool } from '../../../src/stores/mongo/driver/client.js';

const HOST = 'mongodb://127.0.0.1:1/';

describe('the pool', () => {
  it('has the defaults of the Python library’s pool', () => {
    expect(createPool(HOST).options).toMatchObject({
      appName: 'parley',
      maxPoolSize: 100,
      minPoolSize: 10,
      maxIdleTimeMS: 300_000,
      waitQueueTimeoutMS: 5_000,
      serverSelectionTimeoutMS: 5_000,
      connectTimeoutMS: 10_000,
      socketTimeoutMS: 30_000,
      retryWrites: true,
      retryReads: true,
    });
  });

  it('leaves what the URI names as it is there', () => {
    const uri = `${HOST}?retryWrites=false&MAXPOOLSIZE=7&minPoolSize=1&appName=mine&serverSelectionTimeoutMS=1`;
    expect(createPool(uri).options).toMatchObject({
      retryWrites: false,
      maxPoolSize: 7,
      minPoolSize: 1,
      appName: 'mine',
      serverSelectionTimeoutMS: 1,
      waitQueueTimeoutMS: 5_000,
    });
  });

  it.each([
    ['maxPoolSize=5', { maxPoolSize: 5, minPoolSize: 5 }],
    ['MaxPoolSize=1', { maxPoolSize: 1, minPoolSize: 1 }],
    ['maxPoolSize=10', { maxPoolSize: 10, minPoolSize: 10 }],
    ['maxPoolSize=0', { maxPoolSize: 0, minPoolSize: 10 }],
    ['maxPoolSize=5&minPoolSize=2', { maxPoolSize: 5, minPoolSize: 2 }],
  ])('keeps no more connections ready than it may have: %s', (query, sizes) => {
    expect(createPool(`${HOST}?${query}`).options).toMatchObject(sizes);
    expect(createFeedPool(`${HOST}?${query}`).options).toMatchObject({ maxPoolSize: 8, minPoolSize: 0 });
  });

  it('has the size that is given, whatever the URI names', () => {
    expect(createPool(HOST, { maxPoolSize: 3 }).options).toMatchObject({ maxPoolSize: 3, minPoolSize: 3 });
    expect(createPool(`${HOST}?maxPoolSize=50`, { maxPoolSize: 3 }).options.maxPoolSize).toBe(3);
  });

  it('refuses a smallest number of connections above the largest, and says both', () => {
    const refusal = {
      code: 'BAD_USER_INPUT',
      message: expect.stringMatching(/minPoolSize 20 .* maxPoolSize 5/),
    };
    const both = () => createPool(`${HOST}?maxPoolSize=5&minPoolSize=20`);
    expect(both).toThrow(expect.objectContaining(refusal));
    expect(() => createPool(`${HOST}?minPoolSize=20`, { maxPoolSize: 5 })).toThrow(
      expect.objectContaining(refusal),
    );
  });

  it('of the feed is small, and its sockets outlast the server’s awaiting whatever the URI names', () => {
    const { options } = createFeedPool(`${HOST}?socketTimeoutMS=100&maxPoolSize=500&retryReads=false`);
    expect(options).toMatchObject({
      maxPoolSize: 8,
      minPoolSize: 0,
      appName: 'parley-feed',
      retryReads: false,
    });
    expect(options.socketTimeoutMS).toBeGreaterThan(20_000);
  });
});
