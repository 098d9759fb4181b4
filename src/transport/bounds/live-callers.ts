import type { Logger } from 'pino';
import type { Credential } from '../../auth/authenticate.js';
import { addressKey, callerKey } from '../../domain/access/caller-key.js';
import { ParleyError } from '../../domain/errors.js';
import { hasRoom, makerOf } from '../../domain/fairness/shares.js';
import { createTally } from '../../domain/fairness/tally.js';
import { type Held, type HeldMemory, heldByConnection } from './held-memory.js';

/** One open way to follow conversations: a WebSocket, or an answer of server-sent events. */
export interface LiveConnection {
  /** Of who opened it; null as long as that is not known. */
  readonly credential: Credential | null;
  /** The address that it comes from. */
  readonly from: string;
  /** Ends it, in a way that its client can read; it comes back with another credential, and its cursor. */
  credentialEnded(): void;
}

/** What all connections of one caller have together. */
export interface CallerShare {
  /** Counts what an operation holds until the result is called. RATE_LIMITED where it is more than the caller may. */
  hold(held: readonly Held[]): () => void;
}

/** Who has opened which connections, of both kinds together, and whether they still may. */
export interface LiveCallers {
  /** What one caller may have open. */
  readonly maxPerCaller: number;
  /** Counts it until it leaves, once it is known who opened it; null where that caller has the most that are allowed, or as much memory as it may have. */
  enter(connection: LiveConnection): CallerShare | null;
  leave(connection: LiveConnection): void;
  close(): void;
}

const MAX_CONNECTIONS_PER_CALLER = 10_000;
/** How soon a connection ends whose credential has ended. */
const CHECK_CREDENTIALS_MS = 2_000;

export interface LiveCallersOptions {
  log: Logger;
  /** What connections and their operations hold. */
  memory: HeldMemory;
  maxPerCaller?: number;
}

export function createLiveCallers({
  log,
  memory,
  maxPerCaller = MAX_CONNECTIONS_PER_CALLER,
}: LiveCallersOptions): LiveCallers {
  /** Open connections of each caller, and of all session tokens of one maker with its own. */
  const open = createTally();
  /** What takes each away again. */
  const leaving = new Map<LiveConnection, () => void>();

  const checking = setInterval(() => {
    for (const connection of leaving.keys()) {
      connection.credential
        ?.holds()
        .then((holds) => holds || connection.credentialEnded())
        .catch((error: unknown) => log.debug({ err: error }, 'a credential could not be checked'));
    }
  }, CHECK_CREDENTIALS_MS).unref();

  return {
    maxPerCaller,
    enter(connection) {
      const caller = connectionKey(connection);
      const maker = makerOf(caller);
      const held = { own: open.of(caller), ofMaker: open.of(maker) };
      const may = hasRoom(caller, { more: 1, limit: maxPerCaller, ...held });
      const release = may ? memory.hold(caller, heldByConnection()) : null;
      if (!release) return null;
      const all = new Set([caller, maker]);
      for (const name of all) open.add(name, 1);
      leaving.set(connection, () => {
        release();
        for (const name of all) open.add(name, -1);
      });
      return {
        hold(held) {
          const letGo = memory.hold(caller, held);
          if (letGo) return letGo;
          throw new ParleyError(
            'RATE_LIMITED',
            'The connections and operations that you have open take as much memory as you may have. Complete some first.',
          );
        },
      };
    },
    leave(connection) {
      leaving.get(connection)?.();
      leaving.delete(connection);
    },
    close: () => clearInterval(checking),
  };
}

/** Before it is known who opened it, it is the address. */
export const connectionKey = ({ credential, from }: Pick<LiveConnection, 'credential' | 'from'>): string =>
  credential ? callerKey(credential.caller, from) : addressKey(from);
