import type { JsonValue } from '../domain/json/json-value.js';
import { shown } from '../domain/json/portable-json.js';
import { canonicalJson } from '../domain/sessions/idempotency.js';
import type { SnapshotStore } from '../domain/sessions/snapshot-store.js';
import { isBeside, type SessionRecord, type TransferStore } from '../domain/sessions/transfer.js';
import { type BesideStores, gatherBeside } from './beside.js';
import { besideComparison } from './compare-beside.js';
import { messageOf, readExport } from './read-export.js';

export interface CompareOptions {
  path: string;
  with: BesideStores & { snapshots: SnapshotStore };
  /** Sessions of the database that the filter of the export matches. */
  count(): Promise<number>;
  signal: AbortSignal;
  /** Bytes of the file that are read. */
  progress(read: number): void;
}

/** Receipts end after a day, passwords are made anew, and one database has no place for the last. */
const NOT_COMPARED = new Set(['receipts', 'viewerPassword', 'internalState']);

/** Null where the database holds what the file holds, and no session more; else the first difference, in words. */
export async function compareFile({
  path,
  with: stores,
  count,
  signal,
  progress,
}: CompareOptions): Promise<string | null> {
  const beside = gatherBeside(besideComparison(stores));
  let there: AsyncGenerator<SessionRecord> | null = null;
  let where = '';
  let sessions = 0;
  for await (const records of readExport(path)) {
    for (const { record: read, at } of records) {
      signal.throwIfAborted();
      if (isBeside(read)) {
        const difference = await beside.take(read);
        if (difference !== null) return difference;
        continue;
      }
      const record = read.kind === 'message' ? messageOf(read) : read;
      if (record.kind === 'session') {
        const more = await there?.next();
        if (more && !more.done) return `${where}: the database has more: ${nameOf(more.value)}`;
        there = recordsOf(stores.transfer, record.sessionId);
        where = `session ${JSON.stringify(record.sessionId)}`;
        sessions++;
      }
      const found = (await there?.next())?.value ?? null;
      if (found === null) return `${where}: ${nameOf(record)} is not in the database`;
      const field = differingField(record, found);
      if (field !== null) {
        return `${where}, ${nameOf(record)}: ${field} is ${brief(record, field)} in the file, ${brief(found, field)} in the database`;
      }
      progress(at);
    }
  }
  const more = await there?.next();
  if (more && !more.done) return `${where}: the database has more: ${nameOf(more.value)}`;
  const difference = await beside.end();
  if (difference !== null) return difference;
  const inDatabase = await count();
  return inDatabase === sessions ? null : `the file has ${sessions} sessions, and the database ${inDatabase}`;
}

async function* recordsOf(store: TransferStore, sessionId: string): AsyncGenerator<SessionRecord> {
  for await (const page of store.read(sessionId, { secrets: false })) yield* page;
}

/** As both show it: a type that one of the two does not have is no difference. */
function differingField(one: SessionRecord, other: SessionRecord): string | null {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  for (const name of names) {
    if (!NOT_COMPARED.has(name) && !isSame(one, other, name)) return name;
  }
  return null;
}

/** Most values are written alike on both sides; only the others need their keys in order. */
const isSame = (one: SessionRecord, other: SessionRecord, name: string): boolean =>
  JSON.stringify(fieldOf(one, name)) === JSON.stringify(fieldOf(other, name)) ||
  textOf(one, name) === textOf(other, name);

const fieldOf = (record: SessionRecord, name: string): JsonValue =>
  (record as unknown as Record<string, JsonValue>)[name] ?? null;

const textOf = (record: SessionRecord, name: string): string => canonicalJson(shown(fieldOf(record, name)));

function nameOf(record: SessionRecord): string {
  if (record.kind === 'session') return 'the session';
  if (record.kind === 'agent') return `agent ${JSON.stringify(record.agentId)}`;
  return `message ${record.position}`;
}

function brief(record: SessionRecord, name: string): string {
  const text = textOf(record, name);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
