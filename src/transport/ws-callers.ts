import { CloseCode, type Context } from 'graphql-ws';
import type { Credential } from '../auth/authenticate.js';
import { createStillGood, type StillGood } from '../auth/still-good.js';
import type { Caller } from '../domain/access/policy.js';
import type { Later } from '../domain/async/later.js';
import { ParleyError } from '../domain/errors.js';
import type { SlowReader } from '../domain/live/follow.js';
import { oncePerObject } from '../domain/once-per-object.js';
import type { CallerShare, LiveCallers, LiveConnection } from './bounds/live-callers.js';
import type { OperationIds } from './ws-operation-ids.js';
import type { GuardedSocket } from './ws-socket.js';

/** What is known of a socket, beside the protocol's own. */
export interface SocketExtra extends LiveConnection {
  reader: SlowReader;
  socket: GuardedSocket;
  /** Whether its `connection_init` has come. */
  introduced: boolean;
  /** What was in that, and once it is known who it is what is kept of it: a `traceparent` may be. */
  introduction: Readonly<Record<string, unknown>>;
  operations: OperationIds;
  /** Null before the introduction. */
  share: CallerShare | null;
  /** Whether it has closed, or was told to. */
  gone: boolean;
  /** The `Authorization` header of the upgrade, until the introduction. */
  authorization: string | undefined;
  /** Null before the introduction. */
  credential: Credential | null;
  end(code: number, reason: string): void;
  /** It counts as its caller's from now on. */
  entered(): void;
}

type SocketContext = Context<Record<string, unknown>, SocketExtra>;

/** Of whoever has said nothing of itself. */
export const NOTHING = Object.freeze({});

export const TRY_AGAIN_LATER = 1013;

export interface CallersOptions {
  /** Who opens a socket from this address, by the `authorization` of its introduction. Rejects as the authenticator does. */
  authenticate(authorization: string | undefined, from: string): Later<Credential>;
  callers: LiveCallers;
  /** Told the code of everything that is refused before it becomes an operation. */
  refused(code: string, caller: Caller | null, from: string): void;
}

export interface Callers {
  /** The sockets that have said who they are. */
  readonly connected: ReadonlySet<SocketContext>;
  /** Takes the `connection_init` of a socket; false where it was closed instead, with a reason. */
  introduce(ctx: SocketContext): Promise<boolean>;
  leave(ctx: SocketContext): void;
}

/** Who has opened which sockets: a socket ends soon after its credential. */
export function createCallers({ authenticate, callers, refused }: CallersOptions): Callers {
  const connected = new Set<SocketContext>();

  return {
    connected,
    async introduce(ctx) {
      const { extra } = ctx;
      extra.introduced = true;
      const { introduction, authorization: header } = extra;
      extra.introduction = keptOf(introduction);
      extra.authorization = undefined;
      try {
        const authorization = authorizationOf(introduction, header);
        extra.credential = await authenticate(authorization, extra.from);
      } catch (error) {
        if (!(error instanceof ParleyError)) throw error;
        refused(error.code, null, extra.from);
        // Why: which credential it was is not repeated.
        extra.end(error.code === 'UNAUTHENTICATED' ? CloseCode.Forbidden : TRY_AGAIN_LATER, error.message);
        return false;
      }
      // It may have gone while it was asked who it is.
      if (extra.gone) return false;
      extra.share = callers.enter(extra);
      if (!extra.share) {
        refused('RATE_LIMITED', extra.credential.caller, extra.from);
        extra.end(
          CloseCode.TooManyInitialisationRequests,
          `At most ${callers.maxPerCaller} connections, while there is memory for them`,
        );
        return false;
      }
      extra.entered();
      connected.add(ctx);
      return true;
    },
    leave(ctx) {
      if (connected.delete(ctx)) callers.leave(ctx.extra);
    },
  };
}

/** The names by which W3C's Trace Context and Baggage say whose trace goes on. */
const OF_TRACES = ['traceparent', 'tracestate', 'baggage'];
const LONGEST_KEPT = 1_024;

/** Of each of thousands of sockets it is kept for as long as it is open. */
function keptOf(introduction: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const kept = OF_TRACES.flatMap((name) => {
    const value = Object.hasOwn(introduction, name) ? introduction[name] : null;
    return typeof value === 'string' && value.length <= LONGEST_KEPT ? [[name, value]] : [];
  });
  return kept.length === 0 ? NOTHING : Object.fromEntries(kept);
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

/** One for a socket, however many operations come over it. */
const stillGood = oncePerObject((credential: Credential) =>
  createStillGood(credential, () => performance.now()),
);
export const stillGoodOf = ({ credential }: SocketExtra): StillGood | undefined =>
  credential ? stillGood(credential) : undefined;

export function callerOf({ credential }: SocketExtra): Caller {
  if (!credential) throw new TypeError('an operation before the introduction');
  return credential.caller;
}
