import type { Timestamp } from 'mongodb';
import { flatMapSteps, inSlices } from '../../../domain/async/in-slices.js';
import { nextTurn } from '../../../domain/async/next-turn.js';
import { ParleyError } from '../../../domain/errors.js';
import {
  type Change,
  type ChangeBatch,
  HistoryLost,
  type HistoryQuery,
  type LiveBatch,
  type Position,
} from '../../../domain/sessions/session-store.js';
import { type Doc, isDoc } from '../documents/bson-json.js';
import { endOf, startOf, timeAfter, timeOf, timeOfToken, writtenAt } from './change-position.js';
import { COLLECTION_GONE } from './changes-of-event.js';
import { SESSION_EVENT } from './event-bytes.js';
import { type FeedBatch, type FeedTarget, openFeedStream, readOperationTime } from './feed-stream.js';
import { createKnownAgents, type FeedMemory } from './known-agents.js';
import { liveUnavailable } from './live-unavailable.js';
import { createPositioner, type Positioner } from './position-events.js';

/** A page of history is looked for no longer than this, in ms; then it is what was found so far. */
const HISTORY_LIMIT_MS = 8_000;
/** Changes that are handed on in one turn of the event loop: whoever follows takes them before the next. */
const MOST_CHANGES = 500;

/** Every change from `after` on. The caller opens it again, from its last position, after whatever is thrown. */
export async function* readChanges(
  target: FeedTarget,
  after: Position | null,
  signal: AbortSignal,
  memory: FeedMemory,
): AsyncGenerator<LiveBatch> {
  let position = after ?? endOf(await readOperationTime(target, signal));
  const stream = await openFeedStream(target, startingAfter(position), { shape: SESSION_EVENT }, signal);
  const known = memory.take(position);
  const positioner = createPositioner(position, known);
  try {
    // The history since `after` comes with what follows; the stream is open, and this is where it stands.
    yield { changes: [], position, committedAt: null };
    while (!signal.aborted) {
      const batch = await stream.next();
      const changes = await changesOf(batch.events, positioner);
      // Of all of it also where the reader leaves in between: what is known of the agents is what they are then.
      position = latest(position, changes.at(-1)?.position, standAfter(batch));
      let start = 0;
      for (; changes.length - start > MOST_CHANGES; start += MOST_CHANGES) {
        const some = changes.slice(start, start + MOST_CHANGES);
        yield { changes: some, position: (some.at(-1) as Change).position, committedAt: committedAt(batch) };
        await nextTurn();
      }
      const rest = changes.slice(start);
      if (rest.length > 0 || batch.read) yield { changes: rest, position, committedAt: committedAt(batch) };
      if (endsWith(batch)) throw collectionGone();
    }
  } finally {
    memory.keep(position, known);
    await stream.close();
  }
}

/** One page of the past, from a stream that is opened for it and reads one session's events alone where one is asked. */
export async function readHistory(
  target: FeedTarget,
  { sessionId, after, until, limit }: HistoryQuery,
  signal: AbortSignal,
): Promise<ChangeBatch & { done: boolean }> {
  const untilTime = timeOf(until);
  if (after >= until || untilTime === null) return { changes: [], position: after, done: true };
  const stages = sessionId === null ? [] : [{ $match: ofSession(sessionId) }];
  const stream = await openFeedStream(target, startingAfter(after), { stages, shape: SESSION_EVENT }, signal);
  const positioner = createPositioner(after, createKnownAgents());
  const found: Change[] = [];
  let position = after;
  try {
    for (const deadline = performance.now() + HISTORY_LIMIT_MS; performance.now() < deadline; ) {
      const batch = await stream.next();
      for (const change of await changesOf(batch.events, positioner)) {
        if (change.position > until) return { changes: found, position: until, done: true };
        if (found.length === limit) return { changes: found, position, done: false };
        found.push(change);
        position = change.position;
      }
      if (endsWith(batch)) throw collectionGone();
      if (position === until || hasRead(batch, untilTime))
        return { changes: found, position: until, done: true };
      position = latest(position, standAfter(batch));
    }
    return { changes: found, position, done: false };
  } finally {
    await stream.close();
  }
}

async function changesOf(events: Doc[], positioner: Positioner): Promise<Change[]> {
  // Azure's server tells that a document changed and not what: nothing could be derived, and in silence.
  if (
    events.some(
      ({ operationType, updateDescription }) => operationType === 'update' && !isDoc(updateDescription),
    )
  ) {
    throw liveUnavailable('unsupported');
  }
  const told = events.filter((event) => !COLLECTION_GONE.has(String(event.operationType)));
  return inSlices(flatMapSteps(told, positioner));
}

function committedAt({ events }: FeedBatch): number | null {
  const last = events.at(-1);
  return last ? writtenAt(last) : null;
}

/**
 * Before everything of the token's cluster time: of a transaction more may follow. Where a batch ends with an event its
 * changes are further.
 */
function standAfter({ token }: FeedBatch): Position | undefined {
  const time = timeOfToken(token);
  return time ? startOf(time) : undefined;
}

/**
 * An empty answer to a read shows that everything up to its token was read, or all there is where the token is another
 * server's.
 */
function hasRead({ events, token, read }: FeedBatch, until: Timestamp): boolean {
  const time = timeOfToken(token);
  if (!time) return read && events.length === 0;
  return time.greaterThan(until) || (read && events.length === 0 && time.greaterThanOrEqual(until));
}

const latest = (...positions: (Position | undefined)[]): Position =>
  positions.reduce<Position>((last, next) => (next !== undefined && next > last ? next : last), '');

/** The events that end a stream have no document key. */
const ofSession = (sessionId: string) => ({
  $or: [{ 'documentKey._id': sessionId }, { operationType: { $in: [...COLLECTION_GONE] } }],
});

const endsWith = ({ events }: FeedBatch): boolean =>
  events.some((event) => COLLECTION_GONE.has(String(event.operationType)));

const collectionGone = () => new HistoryLost('the collection was dropped or renamed');

function startingAfter(position: Position): Timestamp {
  const time = timeAfter(position);
  if (time) return time;
  throw new ParleyError('INVALID_CURSOR', 'The cursor is of another store. Subscribe again without it.');
}
