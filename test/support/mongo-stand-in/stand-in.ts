import type { Failure } from './faults.js';

/** One command as it came, and what it cost. */
export interface LoggedCommand {
  name: string;
  database: string;
  member: number;
  connectionId: number;
  bytesIn: number;
  /** 0 until the reply has been sent. */
  bytesOut: number;
}

export interface MongoStandIn extends AsyncDisposable {
  readonly uri: string;
  readonly hosts: readonly string[];
  /** Every command since the start, or since the list was emptied; handshakes and monitoring included. */
  readonly commands: LoggedCommand[];
  /** Cursors that are open on all members. */
  readonly openCursors: number;
  readonly connections: number;
  /** The number of the primary; undefined while there is none. */
  readonly primary: number | undefined;
  dropConnections(): void;
  failOnce(failure: Failure): void;
  fail(failure: Failure, times: number): void;
  /** What is left of all faults is dropped. */
  clearFaults(): void;
  /** Forgets the history: only what is written from now on can be resumed from. */
  loseOplog(): void;
  /** Accepts and reads, but answers nothing until `resume`; what came meanwhile is then answered. */
  hang(): void;
  resume(): void;
  /** Every reply but those of the handshake waits so long; what may not take that long is given up (50). */
  delayReplies(ms: number): void;
  /** Another member becomes primary; the old one refuses writes. With one member nothing changes. */
  stepDown(): void;
  /** The others hear nothing of the primary any more: what it writes is gone once it is killed and another one is elected. */
  isolatePrimary(): void;
  /** Ends the primary; gives its number, for `startMember`. */
  killPrimary(): Promise<number>;
  killMember(member: number): Promise<void>;
  startMember(member: number): Promise<void>;
  setClock(now: () => number): void;
  close(): Promise<void>;
}
