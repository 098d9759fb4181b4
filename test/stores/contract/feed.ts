import { onTestFinished } from 'vitest';
import type {
  Change,
  LiveBatch,
  Position,
  SessionStore,
} from '../../../src/domain/sessions/session-store.js';
import { aSession } from './inputs.js';

/** An open `changes()`, read only while a sentence waits for something in it. */
export interface Feed {
  /** The position of the first batch. */
  readonly start: Position;
  /** The position of each batch, in the order in which they came. */
  readonly batches: Position[];
  /** Everything that came so far. */
  readonly seen: Change[];
  /** Reads on until such a change is there; what was seen up to then. */
  until(arrived: (change: Change) => boolean): Promise<Change[]>;
  /** What was told of these sessions, when everything acknowledged so far has come. */
  of(...sessionIds: string[]): Promise<Change[]>;
  abort(): void;
  next(): Promise<IteratorResult<LiveBatch>>;
}

let markers = 0;

export async function follow(store: SessionStore, after: Position | null = null): Promise<Feed> {
  const abort = new AbortController();
  const batches = store.changes({ after, signal: abort.signal })[Symbol.asyncIterator]();
  onTestFinished(async () => {
    abort.abort();
    await batches.return?.();
  });
  const seen: Change[] = [];
  const positions: Position[] = [];

  const next = async () => {
    const result = await batches.next();
    if (result.done) return result;
    seen.push(...result.value.changes);
    positions.push(result.value.position);
    return result;
  };
  const until = async (arrived: (change: Change) => boolean) => {
    let read = 0;
    for (;;) {
      for (; read < seen.length; read++) if (arrived(seen[read] as Change)) return seen.slice(0, read + 1);
      if ((await next()).done) throw new Error('the feed ended before the change came');
    }
  };
  // A change written last arrives last: with it, all the others are there, without waiting for a silence.
  const of = async (...sessionIds: string[]) => {
    const marker = `marker-${++markers}`;
    await store.createSession(aSession(marker));
    await until((change) => change.sessionId === marker);
    return seen.filter((change) => sessionIds.includes(change.sessionId));
  };

  if ((await next()).done) throw new Error('the feed ended before its first batch');
  const start = positions[0] as Position;
  return { start, batches: positions, seen, until, of, abort: () => abort.abort(), next };
}

/** A change without what two replays of it may tell differently. */
export function essence({ sessionCreatedAt: _, ...change }: Change) {
  return change;
}

/** `kind`, with the agent and the index where it has them: `message-added support 2`. */
export function brief(change: Change): string {
  const agentId = 'agentId' in change ? [change.agentId] : [];
  const index = 'index' in change ? [change.index] : [];
  return [change.kind, ...agentId, ...index].join(' ');
}
