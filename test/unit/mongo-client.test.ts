import { describe, expect, it } from 'vitest';
import { createFeedPool, createPool } from '../../src/stores/mongo/client.js';

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
