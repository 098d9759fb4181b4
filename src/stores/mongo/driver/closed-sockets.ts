import { createRequire } from 'node:module';
import { MongoNetworkError } from 'mongodb';

/** What is used of a class that the driver keeps to itself; its version is pinned, and a test holds that the guard is in place. */
export interface Connection {
  readonly id: number | string;
  readonly address: string;
  readonly socket: { readonly destroyed: boolean };
  onError(error: Error): void;
  writeCommand(command: unknown, options: unknown): Promise<void>;
}

/**
 * Lets a command fail that is written to a socket which has just closed. Between its end and its `close` event such a socket takes
 * nothing, and driver 7.9 waits for its `drain`, which never comes: the command hung for ever, without a time limit, each time
 * that a primary died under load. A network error is what it is, and what everyone above tries again.
 *
 * The driver has no public way to it: `timeoutMS` has no effect since 7.8, no event tells of such a command, and a limit around it
 * that does not cancel it could let it be carried out later.
 */
export function failOnClosedSockets(): void {
  const { Connection } = createRequire(import.meta.url)('mongodb/lib/cmap/connection.js') as {
    Connection: { prototype: Connection };
  };
  guardWrites(Connection.prototype);
}

/** Puts the guard before `writeCommand` of every connection of this kind. */
export function guardWrites(prototype: Connection): void {
  const { writeCommand } = prototype;
  prototype.writeCommand = async function (command, options) {
    if (this.socket.destroyed) {
      const error = new MongoNetworkError(`connection ${this.id} to ${this.address} closed`);
      this.onError(error);
      throw error;
    }
    return writeCommand.call(this, command, options);
  };
}
