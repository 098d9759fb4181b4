import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ErrorCode } from '../domain/errors.js';
import { isPromise, type Later } from '../domain/later.js';
import { type CallerSlots, createCallerSlots } from '../domain/slots.js';
import type { RequestContext } from '../graphql/context.js';
import type { BodyWatch } from './http-body.js';
import { ClientGone } from './http-refusal.js';
import type { PeerAccount, WaitingBytes } from './waiting-bytes.js';

/** A body of more than this is not read beside any number of others. */
export const LARGE_BODY_BYTES = 1024 * 1024;
/** Large bodies of one caller that are in memory at once; the others wait in the network. */
const AT_ONCE = 4;

/** What all that is sent to the server shares, over HTTP and to sockets. */
export interface BodyLimits {
  large: CallerSlots;
  /** What has come and is not parsed: of bodies and messages that are not whole, and of those that wait for their turn. */
  arriving: WaitingBytes;
}

/** One that does not say how long it is may be as long as any. */
export const isLargeBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > LARGE_BODY_BYTES;

/** To be run: what reads a large body and answers it. */
export const createLargeBodies = (): CallerSlots => createCallerSlots({ ofCaller: AT_ONCE });

/**
 * Counts what the body of a request takes, which `res` will answer; past the bounds its connection is cut. To be decoded, weighed and
 * parsed, what is large takes its turn, and keeps it until it is answered, and each is begun when it is its caller's turn of the event
 * loop: not before it is whole, for any number of them may be whole at once. A class, because one is made for each request, and most are
 * whole as they come and small.
 */
export class ArrivingBody implements BodyWatch {
  private account: PeerAccount | null = null;
  private release: (() => void) | null = null;

  constructor(
    private readonly res: ServerResponse,
    private readonly context: Pick<RequestContext, 'share' | 'hold'>,
    private readonly arriving: WaitingBytes,
    private readonly cutOff: (code: ErrorCode) => void,
    readonly turn: () => Later<void>,
  ) {}

  held(bytes: number): void {
    this.account ??= this.arriving.peer({ caller: () => this.context.share, cut: () => this.cut() });
    this.release?.();
    this.release = this.account.hold({}, bytes);
  }

  beforeReading(bytes: number): Later<void> {
    const turn =
      bytes <= LARGE_BODY_BYTES ? this.turn() : this.context.hold(LARGE_BODY_BYTES + 1).then(this.turn);
    if (!isPromise<void>(turn)) return this.end();
    this.held(bytes);
    // One that is cut meanwhile is let go of at once.
    return Promise.race([turn, this.gone()]).then(() => this.end());
  }

  end(): void {
    this.release?.();
    this.release = null;
  }

  private cut(): void {
    this.cutOff('RATE_LIMITED');
    this.res.destroy();
  }

  /** Rejects once the connection has gone. */
  private gone(): Promise<never> {
    return new Promise((_, reject) =>
      this.res.once('close', () => reject(new ClientGone('the client went away'))),
    );
  }
}
