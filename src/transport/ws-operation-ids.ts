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

export function createOperationIds(): OperationIds {
  const byId = new Map<string, string>();
  const operations = new Map<string, Operation>();
  let last = 0;

  const known = (own: string) => {
    const operation = operations.get(own);
    if (!operation) throw new TypeError('an operation that has ended');
    return operation;
  };
  const release = (own: string, operation: Operation) => {
    operation.awaited = false;
    if (byId.get(operation.id) === own) byId.delete(operation.id);
  };

  const ids = {
    size: 0,
    heldBytes: 0,
    cost: 0,
    has: (id: string) => byId.has(id),
    open(id: string, bytes: number) {
      const own = String(++last);
      byId.set(id, own);
      operations.set(own, { id, handed: null, bytes, kept: [], awaited: true });
      ids.size++;
      ids.heldBytes += bytes;
      return own;
    },
    hand(own: string, prepared: Prepared) {
      known(own).handed = prepared;
    },
    take(own: string) {
      const operation = known(own);
      const { handed } = operation;
      if (!handed) throw new TypeError('an operation that was taken already');
      operation.handed = null;
      return handed;
    },
    keep(own: string, kept: Kept) {
      const operation = operations.get(own);
      if (!operation) return kept.release();
      operation.kept.push(kept);
      ids.cost += kept.cost;
    },
    complete(id: string) {
      const own = byId.get(id);
      if (own === undefined) return null;
      release(own, known(own));
      return own;
    },
    idOf: (own: string) => known(own).id,
    isAwaited: (own: string) => operations.get(own)?.awaited ?? false,
    answered: (own: string) => release(own, known(own)),
    outgoing(message: string) {
      const [start, own = '', type] = OF_OPERATION.exec(message) ?? [];
      if (start === undefined) return message;
      const operation = operations.get(own);
      if (!operation?.awaited) return null;
      // Its id is free for the client as soon as it can know.
      if (type !== 'next') release(own, operation);
      return `{"id":${JSON.stringify(operation.id)},"type":"${type}"${message.slice(start.length)}`;
    },
    end(own: string) {
      const operation = operations.get(own);
      if (!operation) return;
      release(own, operation);
      operations.delete(own);
      ids.size--;
      ids.heldBytes -= operation.bytes;
      for (const kept of operation.kept) {
        ids.cost -= kept.cost;
        kept.release();
      }
    },
  };
  return ids;
}
