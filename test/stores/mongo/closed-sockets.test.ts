import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { createPool } from '../../../src/stores/mongo/driver/client.js';
import { type Connection, guardWrites } from '../../../src/stores/mongo/driver/closed-sockets.js';
import { isWorthRetrying } from '../../../src/stores/mongo/driver/errors.js';

/** A connection that keeps what it is told. */
class KeepingConnection implements Connection {
  readonly id = 7;
  readonly address = '127.0.0.1:27017';
  readonly written: unknown[] = [];
  readonly errors: Error[] = [];
  constructor(readonly socket: { destroyed: boolean }) {}
  onError(error: Error): void {
    this.errors.push(error);
  }
  async writeCommand(command: unknown, options: unknown): Promise<void> {
    this.written.push([command, options]);
  }
}
guardWrites(KeepingConnection.prototype);

describe('a command', () => {
  it('that meets a connection which has just closed fails at once, and is worth another try', async () => {
    const connection = new KeepingConnection({ destroyed: true });
    const failure: unknown = await connection.writeCommand({ find: 'sessions' }, {}).catch((error) => error);
    expect(failure).toMatchObject({ name: 'MongoNetworkError', message: expect.stringContaining('closed') });
    expect(isWorthRetrying(failure)).toBe(true);
    expect(connection.errors).toEqual([failure]);
    expect(connection.written).toEqual([]);
  });

  it('goes out as it is on one that is open', async () => {
    const connection = new KeepingConnection({ destroyed: false });
    await connection.writeCommand('command', 'options');
    expect(connection.written).toEqual([['command', 'options']]);
    expect(connection.errors).toEqual([]);
  });
});

it('the driver’s own connections have the guard once a pool was made', async () => {
  createPool('mongodb://127.0.0.1:1/');
  const driver = createRequire(import.meta.url)('mongodb/lib/cmap/connection.js') as {
    Connection: { prototype: Connection };
  };
  const connection = new KeepingConnection({ destroyed: true });
  await expect(driver.Connection.prototype.writeCommand.call(connection, {}, {})).rejects.toThrow(
    'connection 7 to 127.0.0.1:27017 closed',
  );
  expect(connection.errors).toHaveLength(1);
});
