import {
  type Collection,
  type IndexDescriptionInfo,
  type IndexSpecification,
  MongoNetworkTimeoutError,
} from 'mongodb';
import type { Logger } from 'pino';
import { auditOf } from './access.js';
import { replyCollectionsOf } from './documents/reply-document.js';
import { sessionsOf } from './driver/collection.js';
import { codeOf } from './driver/server-codes.js';
import { webhookEventsOf } from './webhooks.js';

const NO_COLLECTION = 26;

/** The keys of one index, in their order. */
export type IndexKeys = Record<string, 1>;

/**
 * One for each order of a list, with the id that breaks its ties, and one for each filter that is to
 * be fast on a large collection. Filters by id have `_id`.
 */
export function wantedIndexes(metadataIndexes: readonly string[]): IndexKeys[] {
  return [
    { created_at: 1, _id: 1 },
    { updated_at: 1, _id: 1 },
    { application_name: 1, created_at: 1, _id: 1 },
    { 'feedbacks.rating': 1 },
    ...metadataIndexes.map((path): IndexKeys => ({ [`metadata.${path}`]: 1 })),
  ];
}

/** What a collection is to have. */
export interface WantedIndexes {
  // biome-ignore lint/suspicious/noExplicitAny: an index asks nothing of the documents.
  collection: Collection<any>;
  wanted: readonly IndexKeys[];
}

/** Those of all collections of a store. */
export function indexesOf(
  [client, database, collection]: Parameters<typeof sessionsOf>,
  metadataIndexes: readonly string[],
): WantedIndexes[] {
  const { replies, parts } = replyCollectionsOf(client, database, collection);
  return [
    { collection: sessionsOf(client, database, collection), wanted: wantedIndexes(metadataIndexes) },
    {
      collection: replies,
      wanted: [
        { session_id: 1, state: 1, started_at: 1, _id: 1 },
        { session_id: 1, 'starts.key': 1 },
        // Each redaction looks for the reply that has become its message.
        { session_id: 1, agent_id: 1, position: 1 },
        { caller: 1, state: 1 },
        { state: 1, heard_at: 1 },
        { ended_at: 1 },
        // Each start looks for what still has its text, among all that ended within a day.
        { parts_gone: 1, ended_at: 1 },
      ],
    },
    { collection: parts, wanted: [{ reply: 1, o: 1 }, { session_id: 1 }] },
    {
      collection: auditOf(client, database),
      wanted: [
        { sessionId: 1, _id: 1 },
        { callerId: 1, _id: 1 },
      ],
    },
    // Dead letters go with their sessions.
    { collection: webhookEventsOf(client, database, collection), wanted: [{ session_id: 1 }] },
  ];
}

/**
 * `create` makes what is missing, `check` only says so, `off` does nothing. Each index is on its own, and none of it is
 * fatal: without an index Parley is slow, not wrong. What the server has begun it finishes
 * by itself after `closing`.
 */
export async function prepareIndexes(
  all: readonly WantedIndexes[],
  mode: 'create' | 'check' | 'off',
  log: Logger,
  closing: AbortSignal,
): Promise<void> {
  if (mode === 'off') return;
  for (const { collection, wanted } of all) {
    if (mode === 'create') await createIndexes(collection, wanted, log, closing);
    else await checkIndexes(collection, wanted, log, closing);
  }
  const [sessions] = all;
  if (sessions) await tellForeign(sessions.collection, log);
}

/** Who may not read the indexes is told by each write that is refused. */
async function tellForeign(collection: WantedIndexes['collection'], log: Logger): Promise<void> {
  for (const { seconds, ...index } of await foreignIndexes(collection).catch(() => [])) {
    if (seconds === null)
      log.error(
        index,
        'A unique index of another program refuses new sessions: drop it, or use another collection',
      );
    else
      log.warn(
        { ...index, seconds },
        'MongoDB deletes sessions by an index, so many seconds after their date',
      );
  }
}

async function createIndexes(
  collection: WantedIndexes['collection'],
  wanted: readonly IndexKeys[],
  log: Logger,
  closing: AbortSignal,
): Promise<void> {
  for (const keys of wanted) {
    if (closing.aborted) return;
    await collection.createIndex(keys as IndexSpecification).catch((error: unknown) => {
      if (closing.aborted) return;
      // On a large collection the server takes longer than its answer is waited for, and goes on without who asked.
      const what =
        error instanceof MongoNetworkTimeoutError
          ? 'An index is still being made; until it is there, queries that need it scan the collection'
          : 'An index could not be created; queries that need it scan the collection';
      log.warn({ err: error, keys }, what);
    });
  }
}

async function checkIndexes(
  collection: WantedIndexes['collection'],
  wanted: readonly IndexKeys[],
  log: Logger,
  closing: AbortSignal,
): Promise<void> {
  try {
    for (const keys of await missingIndexes(collection, wanted)) {
      log.warn({ keys }, 'An index is missing; queries that need it scan the collection');
    }
  } catch (error) {
    if (!closing.aborted) log.warn({ err: error }, 'The indexes could not be checked');
  }
}

/** Those that no index of the collection covers; none where there is no such collection yet. */
export async function missingIndexes(
  collection: WantedIndexes['collection'],
  wanted: readonly IndexKeys[],
): Promise<IndexKeys[]> {
  const found = await indexesThere(collection);
  if (found.length === 0) return [];
  const existing = found.map(({ key }) => Object.keys(key));
  return wanted.filter((keys) => !existing.some((fields) => isCovered(Object.keys(keys), fields)));
}

/** An index of another program that is at odds with sessions. `seconds`: after which MongoDB deletes a session; null: it lets only one in. */
export interface ForeignIndex {
  name: string;
  fields: string;
  seconds: number | null;
}

/** Unique ones over what sessions do not have, or share; then those by which the database deletes documents. */
export async function foreignIndexes(collection: WantedIndexes['collection']): Promise<ForeignIndex[]> {
  const found = await indexesThere(collection);
  const shown = ({ name = '', key }: IndexDescriptionInfo) => ({ name, fields: Object.keys(key).join(', ') });
  return [
    ...found.filter(isRefusing).map((index) => ({ ...shown(index), seconds: null })),
    ...found.flatMap((index) => {
      const { expireAfterSeconds: seconds } = index;
      return typeof seconds === 'number' ? [{ ...shown(index), seconds }] : [];
    }),
  ];
}

const isRefusing = ({ key, unique, sparse, partialFilterExpression }: IndexDescriptionInfo): boolean =>
  unique === true && sparse !== true && !partialFilterExpression && !IDENTITY.some((field) => field in key);

/** What tells one session from every other. */
const IDENTITY = ['_id', 'session_id'];

/** None where there is no such collection yet: one that is there has at least that of `_id`. */
async function indexesThere(collection: WantedIndexes['collection']): Promise<IndexDescriptionInfo[]> {
  try {
    return await collection.listIndexes().toArray();
  } catch (error) {
    if (codeOf(error) === NO_COLLECTION) return [];
    throw error;
  }
}

const isCovered = (wanted: string[], fields: string[]): boolean =>
  wanted.every((field, index) => fields[index] === field);
