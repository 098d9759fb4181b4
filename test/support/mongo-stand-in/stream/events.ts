import { type Doc, doc, Int32, type Value } from '../bson/values.js';
import type { Since } from '../options.js';
import { toTimestamp } from '../state/cluster-time.js';
import type { OplogEntry, UpdateDescription } from '../state/oplog.js';
import { eventToken } from './token.js';

/** Which collections a stream is about. */
export interface Target {
  database: string;
  /** Undefined for the whole database. */
  collection: string | undefined;
  /** All databases. */
  cluster: boolean;
}

export interface StreamEvent {
  token: string;
  document: Doc;
  /** The stream ends with this event. */
  ends: boolean;
}

export interface EventOptions {
  since: Since;
  /** The document as it is now, where the stream asks for it. */
  lookup: ((entry: OplogEntry, id: Value) => Doc | null) | undefined;
}

/** The events that one entry of the oplog means to a stream: none, one, or one and the invalidate that follows it. */
export function eventsOf(entry: OplogEntry, target: Target, options: EventOptions): StreamEvent[] {
  if (!concerns(entry, target)) return [];
  const token = tokenOf(entry, false);
  const event = { token, document: eventDocument(entry, token, options), ends: false };
  if (!invalidates(entry, target)) return [event];
  const last = tokenOf(entry, true);
  const invalidate = new Map<string, Value>([
    ['_id', new Map([['_data', last]])],
    ['operationType', 'invalidate'],
    ['clusterTime', toTimestamp(entry.time)],
    ...wallTime(entry, options),
  ]);
  return [event, { token: last, document: invalidate, ends: true }].slice(
    entry.operation.kind === 'dropDatabase' && target.collection !== undefined ? 1 : 0,
  );
}

function concerns(entry: OplogEntry, target: Target): boolean {
  const { operation } = entry;
  if (operation.kind === 'noop') return false;
  if (target.cluster) return true;
  if (operation.kind === 'rename' && operation.to === `${target.database}.${target.collection}`) return true;
  if (entry.database !== target.database) return false;
  if (operation.kind === 'dropDatabase') return target.collection === undefined;
  return target.collection === undefined || entry.collection === target.collection;
}

function invalidates({ operation }: OplogEntry, { collection, cluster }: Target): boolean {
  if (cluster) return false;
  if (operation.kind === 'dropDatabase') return true;
  return collection !== undefined && (operation.kind === 'drop' || operation.kind === 'rename');
}

const tokenOf = ({ time, index, uuid, operation }: OplogEntry, invalidate: boolean): string =>
  eventToken({
    time,
    index,
    invalidate,
    uuid,
    id: 'id' in operation && !invalidate ? operation.id : undefined,
  });

const wallTime = ({ wallMs }: OplogEntry, { since }: EventOptions): [string, Value][] =>
  since('8.0') ? [['wallTime', new Date(wallMs)]] : [];

/** The fields in the order in which the server gives them, which is no order of their importance. */
function eventDocument(entry: OplogEntry, token: string, options: EventOptions): Doc {
  const { operation, transaction } = entry;
  const event: Doc = new Map();
  if (transaction) event.set('txnNumber', transaction.txnNumber).set('lsid', transaction.lsid);
  if (operation.kind === 'rename') {
    const [database, ...rest] = operation.to.split('.');
    event.set('to', doc({ db: database, coll: rest.join('.') }));
  }
  event.set('_id', new Map([['_data', token]]));
  event.set('operationType', operation.kind);
  event.set('clusterTime', toTimestamp(entry.time));
  for (const [key, value] of wallTime(entry, options)) event.set(key, value);
  if (operation.kind === 'insert' || operation.kind === 'replace')
    event.set('fullDocument', operation.document);
  if (operation.kind === 'update' && options.lookup)
    event.set('fullDocument', options.lookup(entry, operation.id));
  event.set(
    'ns',
    operation.kind === 'dropDatabase'
      ? doc({ db: entry.database })
      : doc({ db: entry.database, coll: entry.collection }),
  );
  if ('id' in operation) event.set('documentKey', new Map([['_id', operation.id]]));
  if (operation.kind === 'update')
    event.set('updateDescription', describe(operation.description, options.since));
  return event;
}

const describe = ({ updated, removed, truncated }: UpdateDescription, since: Since): Doc =>
  new Map<string, Value>([
    ['updatedFields', new Map(updated)],
    ['removedFields', removed],
    ...(since('5.0')
      ? [
          [
            'truncatedArrays',
            truncated.map(
              ([field, size]) =>
                new Map<string, Value>([
                  ['field', field],
                  ['newSize', new Int32(size)],
                ]),
            ),
          ] as [string, Value],
        ]
      : []),
  ]);
