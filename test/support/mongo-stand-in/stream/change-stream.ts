import { identical } from '../bson/compare.js';
import { sizeOf } from '../bson/encode.js';
import { show } from '../bson/show.js';
import type { Doc, Value } from '../bson/values.js';
import { ServerError } from '../errors.js';
import type { Stage, StageSources } from '../query/stages.js';
import type { ClusterTime } from '../state/cluster-time.js';
import type { Oplog } from '../state/oplog.js';
import { cannotBuild, MOST_BUILT_BYTES } from '../update/update.js';
import { type EventOptions, eventsOf, type StreamEvent, type Target } from './events.js';
import { highWaterMark, isHighWaterMark } from './token.js';

/** Where a stream begins. */
export type Start = { after: string; time: ClusterTime } | { at: ClusterTime } | { now: true };

export interface StreamSpecification {
  target: Target;
  start: Start;
  options: EventOptions;
  pipeline: Stage;
  sources: StageSources;
  /** Whether resuming after an event that has left the oplog is refused at once, as from 5.0 on. */
  checksEvents: boolean;
}

export interface StreamBatch {
  events: Doc[];
  token: string;
  ended: boolean;
}

export interface ChangeStream {
  /** What can be read now, at most `limit` events; a token even where there is none. */
  read(limit: number): StreamBatch;
}

const MOST_BATCH_BYTES = 16 * 1024 * 1024;
const HISTORY_LOST =
  'Resume of change stream was not possible, as the resume point may no longer be in the oplog. ';
const MODIFIED_ID =
  'Encountered an event whose _id field, which contains the resume token, was modified by the pipeline. Modifying the _id field of an event makes it impossible to resume the stream from that point. Only transformations that retain the unmodified _id field are allowed. Expected: ';
const NOT_RESUMABLE = ['NonResumableChangeStreamError'];

export function openChangeStream(
  oplog: Oplog,
  { target, start, options, pipeline, sources, checksEvents }: StreamSpecification,
): ChangeStream {
  let token: string;
  let next: number;
  /** The event that must come first because the stream resumes after it. */
  let expected: string | undefined;

  if ('now' in start) {
    next = oplog.readable;
    token = highWaterMark(oplog.readableTime() + 1n);
  } else {
    const time = 'at' in start ? start.at : start.time;
    expected = 'after' in start && !isHighWaterMark(start.after) ? start.after : undefined;
    if (isLost(oplog, time) && (expected === undefined || checksEvents))
      throw new ServerError(286, HISTORY_LOST, NOT_RESUMABLE);
    next = oplog.find(time);
    token = 'at' in start ? highWaterMark(time) : start.after;
  }
  const skipUpTo = 'after' in start ? start.after : '';
  let held: StreamEvent[] = [];

  function fresh(events: StreamEvent[]): StreamEvent[] {
    return events.filter((event) => {
      if (event.token < skipUpTo) return false;
      if (expected === undefined) return true;
      if (event.token !== expected)
        throw new ServerError(
          280,
          `cannot resume stream; the resume token was not found. {_data: "${event.token}"}`,
          NOT_RESUMABLE,
        );
      expected = undefined;
      return false;
    });
  }

  function passed(event: StreamEvent): Doc | undefined {
    if (sizeOf(event.document) > MOST_BUILT_BYTES && !options.lookup) throw tooLarge(event.document);
    const [shown] = pipeline([event.document], sources);
    if (!shown) return undefined;
    const id = event.document.get('_id') as Value;
    if (!identical(shown.get('_id'), id))
      throw new ServerError(
        280,
        `${MODIFIED_ID}{ _id: ${show(id)} } but found: ${shown.has('_id') ? `{ _id: ${show(shown.get('_id'))} }` : '{}'}`,
        NOT_RESUMABLE,
      );
    if (sizeOf(shown) > MOST_BUILT_BYTES) throw tooLarge(shown);
    return shown;
  }

  return {
    read(limit) {
      if (next < oplog.first)
        throw new ServerError(
          136,
          `Error in $cursor stage :: caused by :: CollectionScan died due to failure to restore tailable cursor position. Last seen record id: RecordId(${token.length}${next})`,
        );
      const events: Doc[] = [];
      if (limit === 0) return { events, token, ended: false };
      let bytes = 0;
      while (held.length > 0 || next < oplog.readable) {
        if (held.length === 0) {
          const entry = oplog.at(next);
          next += 1;
          held = entry ? fresh(eventsOf(entry, target, options)) : [];
          if (entry && held.length === 0) token = later(token, highWaterMark(entry.time));
          continue;
        }
        const [event] = held as [StreamEvent];
        const shown = passed(event);
        const size = shown ? sizeOf(shown) : 0;
        if (shown && events.length > 0 && (events.length >= limit || bytes + size > MOST_BATCH_BYTES))
          return { events, token, ended: false };
        held = held.slice(1);
        token = later(token, shown ? event.token : highWaterMark(oplog.at(next - 1)?.time ?? 0n));
        if (shown) events.push(shown);
        bytes += size;
        if (event.ends) return { events, token, ended: true };
        if (events.length >= limit) break;
      }
      return { events, token, ended: false };
    },
  };
}

const later = (a: string, b: string): string => (a > b ? a : b);

const isLost = (oplog: Oplog, time: ClusterTime): boolean =>
  oplog.truncated && (oplog.firstTime() ?? oplog.lastTime + 1n) > time;

function tooLarge(event: Doc): ServerError {
  const [[key, value]] = [...event] as [[string, Value]];
  return cannotBuild(sizeOf(event), ` First element: ${key}: ${show(value)}`);
}
