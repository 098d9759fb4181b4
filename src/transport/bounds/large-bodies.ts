import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Later } from '../../domain/async/later.js';
import type { ErrorCode } from '../../domain/errors.js';
import { createRoom, NO_PLACE, type Place } from '../../domain/fairness/room.js';
import { createCallerSlots, type Leave } from '../../domain/fairness/slots.js';
import type { RequestContext } from '../../graphql/context.js';
import type { BodyWatch } from '../http-body.js';
import { ClientGone } from '../http-refusal.js';
import type { PeerAccount, WaitingBytes } from './waiting-bytes.js';

/** A body of more than this is not read beside any number of others. */
export const LARGE_BODY_BYTES = 1024 * 1024;
/** Large bodies of one caller that are in memory at once; the others wait in the network. */
const AT_ONCE = 4;
/**
 * Of a second, for each byte, how long the place of a large body is kept when it is answered, while there are other callers: 17 MB a second for each place. To
 * take one from the network and look through it takes a tenth of that, whatever becomes of it, and what it leaves behind is collected with all that lives.
 */
const REST_MS_PER_BYTE = 60 / LARGE_BODY_BYTES;

/** Smaller ones take no place. */
const SMALL_BODY_BYTES = 4 * 1024;
/** Of all bodies that are not large, until they are answered: of one caller half. */
const TOGETHER_BYTES = 48 * 1024 * 1024;

/** What node reads of a connection of which nobody takes anything. */
export const READ_ANYWAY_BYTES = 64 * 1024;
/** The same of a body: for its request, and behind that. */
export const readAnyway = ({ headers }: IncomingMessage): number =>
  Math.min(2 * READ_ANYWAY_BYTES, Number(headers['content-length'] ?? 0));

/** What all that is sent to the server shares, over HTTP and to sockets. */
export interface BodyLimits {
  large: LargeBodies;
  /** Where bodies wait in the network that are not large, and too many. */
  room: BodyRoom;
  /** What has come and is not parsed: of bodies and messages that are not whole, and of those that wait for their turn. */
  arriving: WaitingBytes;
}

/** One that does not say how long it is may be as long as any. */
export const isLargeBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > LARGE_BODY_BYTES;

export type BodyRoom = (caller: string, req: IncomingMessage) => Place;

export function createBodyRoom(): BodyRoom {
  const room = createRoom(TOGETHER_BYTES, LARGE_BODY_BYTES);
  return (caller, req) => {
    const bytes = Number(req.headers['content-length'] ?? 0);
    return bytes > SMALL_BODY_BYTES && !isLargeBody(req) ? room(caller, bytes) : NO_PLACE;
  };
}

export interface LargeBodies {
  /**
   * Runs what reads a large body and answers it, when its caller has a place. `bytes`: how many have come of it, asked when it is over. One that has to wait
   * is given by `waits` what ends that, with an error.
   */
  run<T>(
    caller: string,
    task: () => Promise<T>,
    bytes: () => number,
    waits?: (leave: Leave) => void,
  ): Promise<T>;
}

export interface LargeBodiesOptions {
  /** Whether anyone else has asked for something lately. */
  hasOthers(caller: string): boolean;
  after?(ms: number, run: () => void): void;
}

export function createLargeBodies({ hasOthers, after = later }: LargeBodiesOptions): LargeBodies {
  const places = createCallerSlots({ ofCaller: AT_ONCE });

  /** There when the next one may come in the place of one that is over. */
  function rested(caller: string, bytes: number): Promise<void> | undefined {
    if (bytes === 0 || !hasOthers(caller)) return undefined;
    return new Promise((resolve) => after(bytes * REST_MS_PER_BYTE, resolve));
  }

  return {
    run: (caller, task, bytes, waits) =>
      new Promise((resolve, reject) => {
        const inPlace = async () => {
          await task().then(resolve, reject);
          await rested(caller, bytes());
        };
        places.run(caller, inPlace, waits).catch(reject);
      }),
  };
}

/** A process that ends does not wait for it. */
const later = (ms: number, run: () => void): void => void setTimeout(run, ms).unref();

/**
 * Counts what the body of a request takes, which `res` will answer; past the bounds its connection is cut. To be decoded, weighed and
 * parsed, what is large takes its turn, and keeps it until it is answered, and each is begun when it is its caller's turn of the event
 * loop (`turn`): not before it is whole, for any number of them may be whole at once. A class, because one is made for each request, and most are
 * whole as they come and small.
 */
export class ArrivingBody implements BodyWatch {
  private account: PeerAccount | null = null;
  private release: (() => void) | null = null;
  private hasLargeTurn = false;
  private most = 0;

  constructor(
    private readonly res: ServerResponse,
    private readonly context: Pick<RequestContext, 'share' | 'hold'>,
    private readonly arriving: WaitingBytes,
    private readonly cutOff: (code: ErrorCode) => void,
    readonly turn: () => Later<void>,
  ) {}

  held(bytes: number): void {
    this.most = Math.max(this.most, bytes);
    this.account ??= this.arriving.peer({ caller: () => this.context.share, cut: () => this.cut() });
    this.release?.();
    this.release = this.account.hold(null, bytes);
  }

  /** What is read of its connection waits in memory, however little of it was asked for. */
  async waits(req: IncomingMessage, place: Promise<void>): Promise<void> {
    this.held(readAnyway(req));
    await this.whileThere(place);
    this.end();
  }

  /** Runs it in the place of a large body. One whose client goes before that leaves the line, with all that has come of it. */
  inPlace<T>(req: IncomingMessage, large: LargeBodies, task: () => Promise<T>): Promise<T> {
    const bytes = () => this.most;
    return large.run(this.context.share, task, bytes, (leave) => {
      this.held(readAnyway(req));
      this.res.once('close', () => leave(new ClientGone('the client went away')));
    });
  }

  beforeReading(bytes: number): Later<void> {
    if (bytes <= LARGE_BODY_BYTES) return this.end();
    this.held(bytes);
    // One that is cut meanwhile is let go of at once.
    return this.whileThere(this.largeTurn()).then(() => this.end());
  }

  /** One that weighs much takes the turn of large ones, though it is short. */
  beforeParsing(weight: number): Later<void> {
    if (weight <= LARGE_BODY_BYTES || this.hasLargeTurn) return;
    return this.whileThere(this.largeTurn());
  }

  end(): void {
    this.release?.();
    this.release = null;
  }

  private largeTurn(): Promise<void> {
    this.hasLargeTurn = true;
    return this.context.hold(LARGE_BODY_BYTES + 1);
  }

  private cut(): void {
    this.cutOff('RATE_LIMITED');
    this.res.destroy();
  }

  /** As the promise, but rejects once the connection has gone. */
  private whileThere(promise: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const gone = () => reject(new ClientGone('the client went away'));
      this.res.once('close', gone);
      promise.then(resolve, reject).finally(() => this.res.off('close', gone));
    });
  }
}
