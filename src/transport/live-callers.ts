import type { Logger } from 'pino';
import type { Credential } from '../auth/authenticate.js';
import { callerKey } from '../domain/caller-key.js';

/** One open way to follow conversations: a WebSocket, or an answer of server-sent events. */
export interface LiveConnection {
  /** Of who opened it; null as long as that is not known. */
  readonly credential: Credential | null;
  /** The address that it comes from. */
  readonly from: string;
  /** Ends it, in a way that its client can read; it comes back with another credential, and its cursor. */
  credentialEnded(): void;
}

/** Who has opened which connections, of both kinds together, and whether they still may. */
export interface LiveCallers {
  /** What one caller may have open. */
  readonly maxPerCaller: number;
  /** Counts it until it leaves, once it is known who opened it; false where that caller has the most that are allowed. */
  enter(connection: LiveConnection): boolean;
  leave(connection: LiveConnection): void;
  close(): void;
}

const MAX_CONNECTIONS_PER_CALLER = 10_000;
/** How soon a connection ends whose credential has ended. */
const CHECK_CREDENTIALS_MS = 2_000;

export function createLiveCallers({
  log,
  maxPerCaller = MAX_CONNECTIONS_PER_CALLER,
}: {
  log: Logger;
  maxPerCaller?: number;
}): LiveCallers {
  const connected = new Set<LiveConnection>();
  const openOf = new Map<string, number>();

  const checking = setInterval(() => {
    for (const connection of connected) {
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
      const open = openOf.get(caller) ?? 0;
      if (open >= maxPerCaller) return false;
      openOf.set(caller, open + 1);
      connected.add(connection);
      return true;
    },
    leave(connection) {
      if (!connected.delete(connection)) return;
      const caller = connectionKey(connection);
      const left = (openOf.get(caller) ?? 1) - 1;
      if (left > 0) openOf.set(caller, left);
      else openOf.delete(caller);
    },
    close: () => clearInterval(checking),
  };
}

/** Before it is known who opened it, it is the address. */
export const connectionKey = ({ credential, from }: Pick<LiveConnection, 'credential' | 'from'>): string =>
  credential ? callerKey(credential.caller, from) : from;
