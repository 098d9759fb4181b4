import type { Logger } from 'pino';
import type { Credential } from '../auth/authenticate.js';
import { callerKey } from '../domain/access/caller-key.js';
import { ParleyError } from '../domain/errors.js';

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
  /** Counts the bytes of an operation for as long as it holds them, but for the first few. */
  hold(bytes: number): void;
  release(bytes: number): void;
  /** RATE_LIMITED where more is held than one caller may; null where it is not. */
  refusal(): ParleyError | null;
}

/** Who has opened which connections, of both kinds together, and whether they still may. */
export interface LiveCallers {
  /** What one caller may have open. */
  readonly maxPerCaller: number;
  /** Counts it until it leaves, once it is known who opened it; null where that caller has the most that are allowed. */
  enter(connection: LiveConnection): CallerShare | null;
  leave(connection: LiveConnection): void;
  close(): void;
}

const MAX_CONNECTIONS_PER_CALLER = 10_000;
/** So much of an operation is not counted, because callers have very many: it has the documents and variables of nearly all. */
const UNCOUNTED_BYTES = 4_096;
/** How soon a connection ends whose credential has ended. */
const CHECK_CREDENTIALS_MS = 2_000;

export interface LiveCallersOptions {
  log: Logger;
  /** What the open operations of one caller may hold. */
  maxHeldBytes: number;
  maxPerCaller?: number;
}

export function createLiveCallers({
  log,
  maxHeldBytes,
  maxPerCaller = MAX_CONNECTIONS_PER_CALLER,
}: LiveCallersOptions): LiveCallers {
  const connected = new Set<LiveConnection>();
  const shares = new Map<string, Share>();

  const checking = setInterval(() => {
    // What a connection has asked for may go on for a while after it.
    for (const [caller, { open, heldBytes }] of shares) {
      if (open === 0 && heldBytes === 0) shares.delete(caller);
    }
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
      const share = shares.get(caller) ?? createShare(maxHeldBytes);
      if (share.open >= maxPerCaller) return null;
      share.open++;
      shares.set(caller, share);
      connected.add(connection);
      return share;
    },
    leave(connection) {
      if (!connected.delete(connection)) return;
      const share = shares.get(connectionKey(connection));
      if (share) share.open--;
    },
    close: () => clearInterval(checking),
  };
}

interface Share extends CallerShare {
  open: number;
  readonly heldBytes: number;
}

function createShare(maxHeldBytes: number): Share {
  let heldBytes = 0;
  return {
    open: 0,
    get heldBytes() {
      return heldBytes;
    },
    hold(bytes) {
      heldBytes += counted(bytes);
    },
    release(bytes) {
      heldBytes -= counted(bytes);
    },
    refusal() {
      if (heldBytes <= maxHeldBytes) return null;
      const message = `The operations that you have open are together larger than the ${maxHeldBytes} bytes that are allowed. Complete some first.`;
      return new ParleyError('RATE_LIMITED', message);
    },
  };
}

const counted = (bytes: number) => Math.max(0, bytes - UNCOUNTED_BYTES);

/** Before it is known who opened it, it is the address. */
export const connectionKey = ({ credential, from }: Pick<LiveConnection, 'credential' | 'from'>): string =>
  credential ? callerKey(credential.caller, from) : from;
