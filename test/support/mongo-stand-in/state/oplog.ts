import type { Binary, Doc, Value } from '../bson/values.js';
import { type ClusterTime, nextTime } from './cluster-time.js';

/** What changed in an update, in the shape that a change stream shows. */
export interface UpdateDescription {
  updated: [path: string, value: Value][];
  removed: string[];
  truncated: [path: string, size: number][];
}

export type Operation =
  | { kind: 'insert'; id: Value; document: Doc }
  | { kind: 'update'; id: Value; description: UpdateDescription }
  | { kind: 'replace'; id: Value; document: Doc }
  | { kind: 'delete'; id: Value }
  | { kind: 'drop' }
  | { kind: 'rename'; to: string; dropped: Binary | undefined }
  | { kind: 'dropDatabase' }
  | { kind: 'noop' };

export interface Transaction {
  lsid: Doc;
  txnNumber: Value;
}

export interface OplogEntry {
  sequence: number;
  time: ClusterTime;
  wallMs: number;
  database: string;
  collection: string;
  uuid: Binary | undefined;
  operation: Operation;
  /** Place within its transaction: 0 outside of one. */
  index: number;
  transaction: Transaction | undefined;
}

export type NewEntry = Pick<OplogEntry, 'database' | 'collection' | 'uuid' | 'operation'>;

/** The log of all writes. Readers keep the sequence number of what they read next. */
export interface Oplog {
  readonly lastTime: ClusterTime;
  /** Sequence number of the oldest entry that is still there. */
  readonly first: number;
  /** One past the newest entry that a majority has: nothing after it may be shown to a stream. */
  readonly readable: number;
  readonly truncated: boolean;
  firstTime(): ClusterTime | undefined;
  /** The time of the newest entry that may be shown. */
  readableTime(): ClusterTime;
  append(entry: NewEntry): ClusterTime;
  appendTransaction(entries: readonly NewEntry[], transaction: Transaction): ClusterTime;
  at(sequence: number): OplogEntry | undefined;
  /** Sequence number of the first entry at or after the time. */
  find(time: ClusterTime): number;
  truncate(): void;
  /** While held, new entries are not readable. */
  hold(held: boolean): void;
  /** Whether there are entries that no majority has. */
  readonly held: boolean;
  /** Takes those back. Their times are never given again. */
  rollBack(): void;
  /** Calls back after every change of what can be read; gives the function that stops it. */
  onChange(listener: () => void): () => void;
}

export function createOplog(now: () => number, most: number): Oplog {
  let entries: OplogEntry[] = [];
  let first = 0;
  let lastTime = nextTime(0n, now());
  let heldAt: number | undefined;
  let truncated = false;
  const listeners = new Set<() => void>();
  const end = () => first + entries.length;
  const changed = () => {
    for (const listener of [...listeners]) listener();
  };

  function add(
    entry: NewEntry,
    time: ClusterTime,
    index: number,
    transaction: Transaction | undefined,
  ): void {
    entries.push({ ...entry, sequence: end(), time, wallMs: now(), index, transaction });
    // Dropping half at once keeps appending cheap.
    if (entries.length > most) {
      const kept = Math.floor(most / 2);
      first += entries.length - kept;
      entries = entries.slice(-kept);
      truncated = true;
    }
  }

  return {
    get lastTime() {
      return lastTime;
    },
    get first() {
      return first;
    },
    get readable() {
      return heldAt ?? end();
    },
    get truncated() {
      return truncated;
    },
    firstTime: () => entries[0]?.time,
    readableTime: () => (heldAt === undefined ? lastTime : (entries[heldAt - 1 - first]?.time ?? lastTime)),
    append(entry) {
      lastTime = nextTime(lastTime, now());
      add(entry, lastTime, 0, undefined);
      changed();
      return lastTime;
    },
    appendTransaction(operations, transaction) {
      lastTime = nextTime(lastTime, now());
      operations.forEach((entry, index) => {
        add(entry, lastTime, index, transaction);
      });
      changed();
      return lastTime;
    },
    at: (sequence) => entries[sequence - first],
    find(time) {
      let low = 0;
      let high = entries.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((entries[middle] as OplogEntry).time < time) low = middle + 1;
        else high = middle;
      }
      return first + low;
    },
    truncate() {
      first = end();
      entries = [];
      truncated = true;
      // The log of a running set is never empty; a time is left out, so that no token up to now reaches it.
      lastTime += 1n;
      this.append({ database: '', collection: '', uuid: undefined, operation: { kind: 'noop' } });
    },
    hold(held) {
      heldAt = held ? (heldAt ?? end()) : undefined;
      changed();
    },
    get held() {
      return heldAt !== undefined && heldAt < end();
    },
    rollBack() {
      if (heldAt === undefined) return;
      entries.length = Math.max(0, heldAt - first);
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
