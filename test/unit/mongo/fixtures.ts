import { readFileSync } from 'node:fs';
import { BSON, Timestamp } from 'mongodb';
import type { Doc } from '../../../src/stores/mongo/documents/bson-json.js';

interface Trace {
  before: Doc[];
  events: Doc[];
  documents: Doc[];
}

/** What a real server recorded; its numbered cluster times and tokens become some that sort alike. */
export function trace(name: string): Trace {
  const file = new URL(`../../fixtures/mongodb/${name}.json`, import.meta.url);
  const recorded = JSON.parse(readFileSync(file, 'utf8'), (_key, value) => {
    if (typeof value?.$time === 'number') return { $timestamp: { t: 1_700_000_000, i: value.$time } };
    if (typeof value?.$repeat?.[1] === 'number') return value.$repeat[0].repeat(value.$repeat[1]);
    return value;
  });
  const {
    before = [],
    events = [],
    documents = [],
  } = BSON.EJSON.deserialize({
    before: recorded.before,
    events: recorded.events,
    documents: recorded.documents,
  }) as unknown as Partial<Trace>;
  return { before, events, documents };
}

let increment = 0;

/** One update event as a stream gives it. */
export function update(updatedFields: Doc, removedFields: string[] = [], more: Doc = {}): Doc {
  return {
    _id: {},
    operationType: 'update',
    clusterTime: new Timestamp({ t: 1_700_000_000, i: ++increment }),
    documentKey: { _id: 's1' },
    updateDescription: { updatedFields, removedFields, ...more },
  };
}

const NOON = new Date('2026-01-05T12:00:00.123Z');

/** A message element as both writers make it; `at` in ms after noon. */
export function element(index: number, more: Doc = {}, at = 0): Doc {
  const date = new Date(NOON.getTime() + at);
  return {
    message: { role: 'user', content: [{ text: `text ${index}` }] },
    message_id: index,
    redact_message: null,
    created_at: date,
    updated_at: date,
    storage_id: index.toString(16).padStart(32, '0'),
    ...more,
  };
}
