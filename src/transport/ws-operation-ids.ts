import type { PreparedOperation } from '../graphql/prepare-operation.js';

/** Longest id that a client may give an operation: it stands in front of each of its events. */
export const MAX_ID_LENGTH = 1_000;

/** An operation that graphql-ws is to carry out, or why it cannot be. */
export type Prepared = PreparedOperation & { operationName: string | null };

/** What an operation takes of what all of a socket's have together. */
export interface Kept {
  /** Objects that it asks for with each event. */
  cost: number;
  /** Called once, when the server has ended it. */
  release(): void;
}

/**
 * The operations of one socket, each under a number of its own. A client may give the id of one that it has completed to the
 * next at once, while the server has yet to end the first: by their ids alone they would be taken for each other.
 */
export interface OperationIds {
  /** Operations under way, completed ones included until the server has ended them. */
  readonly size: number;
  /** Bytes of their messages: the most that is held of their documents and variables. */
  readonly heldBytes: number;
  /** Objects that they ask for with each event. */
  readonly cost: number;
  has(id: string): boolean;
  /** Its number. `bytes`: of its message. */
  open(id: string, bytes: number): string;
  /** What graphql-ws is to take of it. */
  hand(own: string, prepared: Prepared): void;
  /** What was handed, once: nothing of it is kept behind. */
  take(own: string): Prepared;
  /** What it keeps until it ends, beside what it keeps already. At once where it has ended. */
  keep(own: string, kept: Kept): void;
  /** The client waits for nothing more of it. Null where it has none of this id. */
  complete(id: string): string | null;
  /** The client's own id. */
  idOf(own: string): string;
  /** Whether the client still waits for it. */
  isAwaited(own: string): boolean;
  /** The client is told that it is over. */
  answered(own: string): void;
  /** A message to the client, under its id; null where it no longer waits for it. */
  outgoing(message: string): string | null;
  /** The server has ended it. */
  end(own: string): void;
}

interface Operation {
  id: string;
  handed: Prepared | null;
  bytes: number;
  kept: Kept[];
  /** Whether the client waits for it. */
  awaited: boolean;
}

/** As graphql-ws writes the messages of an operation. */
const OF_OPERATION = /^\{"id":"(\d+)","type":"(\w+)"/;

export const createOperationIds = (): OperationIds => new Operations();

/** A class, as all that each of thousands of sockets keeps one of: they share the code of its methods. */
class Operations implements OperationIds {
  heldBytes = 0;
  cost = 0;
  private readonly byId = new Map<string, string>();
  private readonly byOwn = new Map<string, Operation>();
  private last = 0;

  get size(): number {
    return this.byOwn.size;
  }

  has(id: string): boolean {
    return this.byId.has(id);
  }

  open(id: string, bytes: number): string {
    const own = String(++this.last);
    this.byId.set(id, own);
    this.byOwn.set(own, { id, handed: null, bytes, kept: [], awaited: true });
    this.heldBytes += bytes;
    return own;
  }

  hand(own: string, prepared: Prepared): void {
    this.known(own).handed = prepared;
  }

  take(own: string): Prepared {
    const operation = this.known(own);
    const { handed } = operation;
    if (!handed) throw new TypeError('an operation that was taken already');
    operation.handed = null;
    return handed;
  }

  keep(own: string, kept: Kept): void {
    const operation = this.byOwn.get(own);
    if (operation) {
      operation.kept.push(kept);
      this.cost += kept.cost;
    } else kept.release();
  }

  complete(id: string): string | null {
    const own = this.byId.get(id);
    if (own === undefined) return null;
    this.answered(own);
    return own;
  }

  idOf(own: string): string {
    return this.known(own).id;
  }

  isAwaited(own: string): boolean {
    return this.byOwn.get(own)?.awaited ?? false;
  }

  answered(own: string): void {
    this.letGo(own, this.known(own));
  }

  outgoing(message: string): string | null {
    const [start, own = '', type] = OF_OPERATION.exec(message) ?? [];
    if (start === undefined) return message;
    const operation = this.byOwn.get(own);
    if (!operation?.awaited) return null;
    // Its id is free for the client as soon as it can know.
    if (type !== 'next') this.letGo(own, operation);
    return `{"id":${JSON.stringify(operation.id)},"type":"${type}"${message.slice(start.length)}`;
  }

  end(own: string): void {
    const operation = this.byOwn.get(own);
    if (!operation) return;
    this.letGo(own, operation);
    this.byOwn.delete(own);
    this.heldBytes -= operation.bytes;
    for (const kept of operation.kept) {
      this.cost -= kept.cost;
      kept.release();
    }
  }

  private known(own: string): Operation {
    const operation = this.byOwn.get(own);
    if (!operation) throw new TypeError('an operation that has ended');
    return operation;
  }

  /** Its id is the client's again. */
  private letGo(own: string, operation: Operation): void {
    operation.awaited = false;
    if (this.byId.get(operation.id) === own) this.byId.delete(operation.id);
  }
}
