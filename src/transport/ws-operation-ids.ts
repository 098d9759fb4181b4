import type { Later } from '../domain/async/later.js';
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

/** One operation of a socket. */
export interface Operation {
  /** The client's own id. */
  readonly id: string;
  /** Whether the client still waits for it. */
  readonly awaited: boolean;
}

/**
 * The operations of one socket. What graphql-ws carries out has a number there: a client may give the id of one that it has completed to
 * the next at once, while the server has yet to end the first, and by their ids alone they would be taken for each other.
 */
export interface OperationIds {
  /** Operations under way, completed ones included until the server has ended them. */
  readonly size: number;
  /** Bytes of their messages: the most that is held of their documents and variables. */
  readonly heldBytes: number;
  /** Objects that they ask for with each event. */
  readonly cost: number;
  has(id: string): boolean;
  /** `bytes`: of its message. */
  open(id: string, bytes: number): Operation;
  /** What graphql-ws is to take of it; the number that it has there. */
  hand(operation: Operation, prepared: Prepared): string;
  /** What was handed under this number, once: nothing of it is kept behind. */
  take(own: string): { operation: Operation; prepared: Prepared };
  /** What it keeps until it ends, beside what it keeps already. At once where it has ended. */
  keep(operation: Operation, kept: Kept): void;
  /** The client waits for nothing more of it. The number that it has in graphql-ws, or null. */
  complete(id: string): string | null;
  /** The client is told that it is over: its id is the client's again. */
  answered(operation: Operation): void;
  /** A message to the client, under its id; null where it no longer waits for it. */
  outgoing(message: string): string | null;
  /** The server has ended it. */
  end(operation: Operation): void;
  /** One with a single answer has begun, and its answer was given. */
  begun(): void;
  over(): void;
  /** There when none of these has begun that is not over. */
  settled(): Later<void>;
}

/** As graphql-ws writes the messages of an operation. */
const OF_OPERATION = /^\{"id":"(\d+)","type":"(\w+)"/;

export const createOperationIds = (): OperationIds => new Operations();

/** A class: each call of each socket is one. */
class Held implements Operation {
  awaited = true;
  ended = false;
  /** In graphql-ws. */
  own: string | null = null;
  handed: Prepared | null = null;
  kept: Kept[] | null = null;

  constructor(
    readonly id: string,
    readonly bytes: number,
  ) {}
}

/** A class, as all that each of thousands of sockets keeps one of: they share the code of its methods. */
class Operations implements OperationIds {
  size = 0;
  heldBytes = 0;
  cost = 0;
  private readonly byId = new Map<string, Held>();
  /** Those that graphql-ws has. */
  private readonly byOwn = new Map<string, Held>();
  private last = 0;
  private answering = 0;
  /** Told that nothing is answered any more. */
  private whenSettled: (() => void) | null = null;

  begun(): void {
    this.answering++;
  }

  over(): void {
    this.answering--;
    if (this.answering === 0) this.whenSettled?.();
  }

  settled(): Later<void> {
    if (this.answering === 0) return;
    return new Promise((resolve) => {
      this.whenSettled = resolve;
    });
  }

  has(id: string): boolean {
    return this.byId.has(id);
  }

  open(id: string, bytes: number): Held {
    const operation = new Held(id, bytes);
    this.byId.set(id, operation);
    this.size++;
    this.heldBytes += bytes;
    return operation;
  }

  hand(operation: Held, prepared: Prepared): string {
    const own = String(++this.last);
    operation.own = own;
    operation.handed = prepared;
    this.byOwn.set(own, operation);
    return own;
  }

  take(own: string): { operation: Operation; prepared: Prepared } {
    const operation = this.byOwn.get(own);
    const prepared = operation?.handed;
    if (!operation || !prepared) throw new TypeError('an operation that has ended, or was taken already');
    operation.handed = null;
    return { operation, prepared };
  }

  keep(operation: Held, kept: Kept): void {
    if (operation.ended) {
      kept.release();
      return;
    }
    operation.kept ??= [];
    operation.kept.push(kept);
    this.cost += kept.cost;
  }

  complete(id: string): string | null {
    const operation = this.byId.get(id);
    if (!operation) return null;
    this.answered(operation);
    return operation.own;
  }

  answered(operation: Held): void {
    operation.awaited = false;
    if (this.byId.get(operation.id) === operation) this.byId.delete(operation.id);
  }

  outgoing(message: string): string | null {
    const [start, own = '', type] = OF_OPERATION.exec(message) ?? [];
    if (start === undefined) return message;
    const operation = this.byOwn.get(own);
    if (!operation?.awaited) return null;
    // Its id is free for the client as soon as it can know.
    if (type !== 'next') this.answered(operation);
    return `{"id":${JSON.stringify(operation.id)},"type":"${type}"${message.slice(start.length)}`;
  }

  end(operation: Held): void {
    if (operation.ended) return;
    operation.ended = true;
    if (operation.awaited) this.answered(operation);
    if (operation.own !== null) this.byOwn.delete(operation.own);
    this.size--;
    this.heldBytes -= operation.bytes;
    for (const kept of operation.kept ?? []) {
      this.cost -= kept.cost;
      kept.release();
    }
    operation.kept = null;
  }
}
