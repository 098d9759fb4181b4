import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ErrorCode } from '../domain/errors.js';
import { type CallerSlots, createCallerSlots } from '../domain/slots.js';
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

/** Counts what the body of a request takes, which `res` will answer; past the bounds its connection is cut. */
export function watchBody(
  res: ServerResponse,
  caller: string,
  arriving: WaitingBytes,
  cutOff: (code: ErrorCode) => void,
) {
  const cut = () => {
    cutOff('RATE_LIMITED');
    res.destroy();
  };
  let account: PeerAccount | null = null;
  let release: (() => void) | null = null;
  return {
    held(bytes: number): void {
      // Most are whole as they come.
      account ??= arriving.peer({ caller: () => caller, cut });
      release?.();
      release = account.hold({}, bytes);
    },
    end(): void {
      release?.();
      release = null;
    },
    /** Rejects once the connection has gone. */
    gone(): Promise<never> {
      return new Promise((_, reject) =>
        res.once('close', () => reject(new ClientGone('the client went away'))),
      );
    },
  };
}
