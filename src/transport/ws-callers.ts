import { CloseCode, type Context } from 'graphql-ws';
import type { Logger } from 'pino';
import type { Credential } from '../auth/authenticate.js';
import { ParleyError } from '../domain/errors.js';
import type { SlowReader } from '../domain/follow.js';
import type { Caller } from '../domain/policy.js';
import type { LossyNumber } from '../domain/written-numbers.js';
import type { GuardedSocket } from './ws-socket.js';

/** What is known of a socket, beside the protocol's own. */
export interface SocketExtra {
  reader: SlowReader;
  socket: GuardedSocket;
  /** Whether its `connection_init` has come. */
  introduced: boolean;
  /** Of the messages that are being handled, a subscription's for as long as it runs. */
  heldBytes: number;
  /** What the operation that is being handed over cannot be taken for; null: nothing. */
  lossy: LossyNumber | null;
  gone: boolean;
  /** The address that it comes from. */
  from: string;
  /** The `Authorization` header of the upgrade. */
  authorization: string | undefined;
  /** Null before the introduction. */
  credential: Credential | null;
  end(code: number, reason: string): void;
}

type SocketContext = Context<Record<string, unknown>, SocketExtra>;

const TRY_AGAIN_LATER = 1013;
/** How soon a socket ends whose credential has ended. */
const CHECK_CREDENTIALS_MS = 2_000;
const MAX_SOCKETS_PER_CALLER = 10_000;

export interface CallersOptions {
  /** Who opens a socket from this address, by the `authorization` of its introduction. Rejects as the authenticator does. */
  authenticate(authorization: string | undefined, from: string): Promise<Credential>;
  log: Logger;
}

export interface Callers {
  /** The sockets that have said who they are. */
  readonly connected: ReadonlySet<SocketContext>;
  /** Takes the `connection_init` of a socket; false where it was closed instead, with a reason. */
  introduce(ctx: SocketContext): Promise<boolean>;
  leave(ctx: SocketContext): void;
  close(): void;
}

/** Who has opened which sockets, and whether they still may: a socket ends soon after its credential. */
export function createCallers({ authenticate, log }: CallersOptions): Callers {
  /** Open sockets by who opened them. */
  const socketsOf = new Map<string, number>();
  const connected = new Set<SocketContext>();

  /** A credential that has ended ends its socket; the client comes back with another one, and its cursor. */
  const checking = setInterval(() => {
    for (const { extra } of connected) {
      extra.credential
        ?.holds()
        .then((holds) => holds || extra.end(CloseCode.Forbidden, 'The credential has ended'))
        .catch((error: unknown) => log.debug({ err: error }, 'a credential could not be checked'));
    }
  }, CHECK_CREDENTIALS_MS).unref();

  return {
    connected,
    async introduce(ctx) {
      const { extra } = ctx;
      extra.introduced = true;
      try {
        const authorization = authorizationOf(ctx.connectionParams ?? {}, extra.authorization);
        extra.credential = await authenticate(authorization, extra.from);
      } catch (error) {
        if (!(error instanceof ParleyError)) throw error;
        // Why: which credential it was is not repeated.
        extra.end(error.code === 'UNAUTHENTICATED' ? CloseCode.Forbidden : TRY_AGAIN_LATER, error.message);
        return false;
      }
      // It may have gone while it was asked who it is.
      if (extra.gone) return false;
      const caller = callerKey(extra);
      const open = socketsOf.get(caller) ?? 0;
      if (open >= MAX_SOCKETS_PER_CALLER) {
        extra.end(
          CloseCode.TooManyInitialisationRequests,
          `At most ${MAX_SOCKETS_PER_CALLER} sockets at once`,
        );
        return false;
      }
      socketsOf.set(caller, open + 1);
      connected.add(ctx);
      return true;
    },
    leave(ctx) {
      ctx.extra.gone = true;
      if (!connected.delete(ctx)) return;
      const caller = callerKey(ctx.extra);
      const left = (socketsOf.get(caller) ?? 1) - 1;
      if (left > 0) socketsOf.set(caller, left);
      else socketsOf.delete(caller);
    },
    close: () => clearInterval(checking),
  };
}

/**
 * That of the introduction, its name in any case, before the upgrade's header: the one is said by the client itself, the other may be
 * a browser's or a proxy's. UNAUTHENTICATED where it is no text, or there are several that differ.
 */
function authorizationOf(
  introduction: Readonly<Record<string, unknown>>,
  header: string | undefined,
): string | undefined {
  const given = Object.entries(introduction).flatMap(([name, value]) =>
    name.toLowerCase() === 'authorization' && value !== null && value !== undefined ? [value] : [],
  );
  if (given.length === 0) return header;
  const [first] = given;
  if (typeof first === 'string' && given.every((one) => one === first)) return first;
  throw new ParleyError(
    'UNAUTHENTICATED',
    'The authorization in connection_init must be one text: Bearer <API key or token>.',
  );
}

/** Who has no credential is an address. */
const callerKey = ({ credential, from }: SocketExtra) =>
  credential && credential.caller.kind !== 'anonymous'
    ? `${credential.caller.kind} ${credential.caller.id}`
    : from;

export function callerOf({ credential }: SocketExtra): Caller {
  if (!credential) throw new TypeError('an operation before the introduction');
  return credential.caller;
}
