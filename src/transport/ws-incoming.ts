import type { Duplex } from 'node:stream';
import { CloseCode } from 'graphql-ws';
import { type BodyLimits, LARGE_BODY_BYTES } from './large-bodies.js';
import { watchFrames } from './ws-frames-in.js';

/** How long a message may take to arrive, as a request of HTTP. */
const ARRIVES_WITHIN_MS = 30_000;
/** How long a peer may take to go that was told why. */
const GOES_WITHIN_MS = 2_000;
/** Of a message that has only begun: small ones come whole. */
const UNCOUNTED_BYTES = 1_024;
const POLICY_VIOLATION = 1008;

export interface IncomingOptions extends BodyLimits {
  /** Whose share it is. */
  caller(): string;
  /** Largest first message: the introduction. */
  maxFirstBytes: number;
  /** Stops reading, until the result is called. */
  pause(): () => void;
  end(code: number, reason: string): void;
  /** Told that a message did not come in time, and ends. */
  tooLate(): void;
  /** Ends it at once, because too much has come of messages that are not whole. */
  cut(): void;
  /** The same where it was told why it ends. */
  drop(): void;
}

/**
 * Bounds what a socket, its caller and all together have sent of messages that are not whole. A large one takes the place of a large
 * body: it waits in the network where its caller has as many as it may.
 */
export function watchIncoming(stream: Duplex, options: IncomingOptions): void {
  const frames = watchFrames();
  const account = options.arriving.peer({ caller: options.caller, cut: options.cut });
  let release: (() => void) | null = null;
  let late: NodeJS.Timeout | null = null;
  let refused = false;
  /** Ends the place of a large message. */
  let arrived: (() => void) | null = null;

  function refuse(code: number, reason: string): void {
    refused = true;
    // What it goes on sending stays in the network.
    options.pause();
    options.end(code, reason);
    setTimeout(options.drop, GOES_WITHIN_MS).unref();
    over();
  }

  function begin(): void {
    const tooLate = () => {
      options.tooLate();
      refuse(POLICY_VIOLATION, 'The message did not arrive in time');
    };
    late ??= setTimeout(tooLate, ARRIVES_WITHIN_MS);
  }

  function takePlace(): void {
    const resume = options.pause();
    const whole = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    // Until it has a place no time runs.
    if (late) clearTimeout(late);
    late = null;
    void options.large.run(options.caller(), () => {
      resume();
      if (arrived) begin();
      return whole;
    });
  }

  function over(): void {
    if (late) clearTimeout(late);
    late = null;
    arrived?.();
    arrived = null;
  }

  stream.on('data', (chunk: Buffer) => {
    const { whole } = frames;
    frames.take(chunk);
    release?.();
    release = null;
    const { held, announced } = frames;
    if (frames.whole > whole) over();
    if (held === 0 || refused) return;
    if (frames.whole === 0 && announced > options.maxFirstBytes) {
      return refuse(CloseCode.BadRequest, 'The introduction is too large');
    }
    begin();
    if (held > UNCOUNTED_BYTES) release = account.hold({}, held);
    if (announced > LARGE_BODY_BYTES && !arrived) takePlace();
  });
  stream.once('close', () => {
    account.end();
    over();
  });
}
