import { BSON, type Collection, MongoBulkWriteError } from 'mongodb';
import { ParleyError } from '../../domain/errors.js';
import type {
  LeftSession,
  SessionRecord,
  TransferCounts,
  TransferPart,
  TransferStore,
} from '../../domain/sessions/transfer.js';
import type { AuditDoc } from './access.js';
import { isDoc } from './documents/bson-json.js';
import { listOf } from './documents/field-values.js';
import { docFromPart } from './documents/transfer-document.js';
import type { CallGate } from './driver/call-gate.js';
import {
  READ_LIMIT_MS,
  READING,
  readDocs,
  type SessionDoc,
  type Sessions,
  WRITE_LIMIT_MS,
} from './driver/collection.js';
import { MAX_DOCUMENT_BYTES, refusedByIndex, writeErrorsOf } from './driver/errors.js';
import { retrying } from './driver/retry.js';
import { DUPLICATE_KEY } from './driver/server-codes.js';
import { AGENTS } from './reads/read-expressions.js';
import type { Snapshots } from './snapshots.js';
import { transferBeside } from './transfer-beside.js';
import { recordsFromDoc } from './transfer-records.js';

const PAGE = 500;
/** Lines of a session that MongoDB may store: as text its 16 MB are larger. */
const MAX_LINES_BYTES = 4 * MAX_DOCUMENT_BYTES;

interface Collections {
  sessions: Sessions;
  snapshots: Snapshots;
  audit: Collection<AuditDoc>;
}

/** A session is one document: it is read and written whole, 16 MB at most. */
export function createMongoTransfer(collections: Collections, gate: CallGate): TransferStore {
  const { sessions } = collections;
  const { call } = gate;
  const write = createWrite(sessions);
  return {
    ...transferBeside(collections, gate),
    partBytes: MAX_LINES_BYTES,
    splits: false,
    // It would read every document.
    countMessages: async () => null,
    async *read(sessionId, { secrets }) {
      const pipeline = [{ $match: { _id: sessionId } }];
      const [doc] = await call(() =>
        retrying(() => readDocs(sessions, pipeline, READING, { promoteValues: false })),
      );
      if (!doc) return;
      const agentIds = isReordered(doc.agents)
        ? await call(() => retrying(() => idsOfAgents(sessions, sessionId)))
        : [];
      let page: SessionRecord[] = [];
      for (const record of recordsFromDoc(doc, secrets, agentIds)) {
        page.push(record);
        if (page.length < PAGE) continue;
        yield page;
        page = [];
      }
      if (page.length > 0) yield page;
    },
    write: (parts) => call(() => write(parts)),
  };
}

/** An object of JavaScript has keys such as `10` before all others, by their numbers. */
const isReordered = (agents: unknown): boolean =>
  isDoc(agents) && Object.keys(agents).some((id) => /^\d+$/.test(id));

async function idsOfAgents(sessions: Sessions, sessionId: string): Promise<string[]> {
  const ids = { $map: { input: AGENTS, as: 'a', in: '$$a.k' } };
  const [doc] = await sessions
    .aggregate([{ $match: { _id: sessionId } }, { $project: { ids } }], READING)
    .toArray();
  return listOf(doc?.ids).map(String);
}

/** Sessions that are there already are asked for first while there are some, and else show when they are written. */
function createWrite(sessions: Sessions) {
  let asks = false;

  async function idsThere(ids: string[]): Promise<Set<string>> {
    if (!asks) return new Set();
    const options = { projection: { _id: 1 }, maxTimeMS: READ_LIMIT_MS } as const;
    const known = await sessions.find({ _id: { $in: ids } }, options).toArray();
    return new Set(known.map(({ _id }) => _id));
  }

  return async (parts: readonly TransferPart[]): Promise<TransferCounts> => {
    const bySession = new Map<string, TransferPart>();
    let again = 0;
    for (const part of parts) {
      // Of a session that comes twice the first is kept.
      if (bySession.has(part.session.sessionId)) again++;
      else bySession.set(part.session.sessionId, part);
    }
    return retrying(async () => {
      const there = await idsThere([...bySession.keys()]);
      const docs = [...bySession].filter(([id]) => !there.has(id)).map(([, part]) => docFromPart(part));
      const inserted = docs.length > 0 ? await insert(sessions, docs) : { there: [], left: [] };
      for (const id of inserted.there) there.add(id);
      asks = there.size > 0;
      const left = new Set(inserted.left.map(({ sessionId }) => sessionId));
      const made = [...bySession].filter(([id]) => !there.has(id) && !left.has(id)).map(([, part]) => part);
      const messages = made.flatMap(({ agents }) => agents.map((one) => one.messages.count));
      return {
        sessions: bySession.size - there.size - left.size,
        messages: messages.reduce((sum, count) => sum + count, 0),
        there: there.size + again,
        ...(left.size > 0 ? { left: inserted.left } : {}),
      };
    });
  };
}

/** Why MongoDB does not take the document, for its size. The driver refuses it too, with all others and without its name. */
function tooLarge(doc: SessionDoc): LeftSession[] {
  const bytes = BSON.calculateObjectSize(doc);
  if (bytes <= MAX_DOCUMENT_BYTES) return [];
  const why = `it takes ${bytes} bytes; MongoDB stores at most ${MAX_DOCUMENT_BYTES} in one document`;
  return [{ sessionId: doc._id, why }];
}

/**
 * `there`: the ids of those that were there already: another process has made them meanwhile, or an earlier try whose answer was lost. What
 * is too large is left.
 */
async function insert(
  sessions: Sessions,
  docs: SessionDoc[],
): Promise<{ there: string[]; left: LeftSession[] }> {
  try {
    await sessions.insertMany(docs, { ordered: false, maxTimeMS: WRITE_LIMIT_MS });
    return { there: [], left: [] };
  } catch (error) {
    // What was to be written could not be read.
    if (error instanceof ParleyError) throw error;
    if (error instanceof MongoBulkWriteError) {
      const errors = writeErrorsOf(error);
      // None: it was not a document that failed, but the connection or the confirmation.
      if (errors.length > 0 && errors.every(({ code }) => code === DUPLICATE_KEY)) {
        const refused = errors.map(({ errmsg }) => refusedByIndex(errmsg ?? '', error)).find(Boolean);
        if (refused) throw refused;
        return { there: errors.flatMap(({ index }) => docs[index]?._id ?? []), left: [] };
      }
    }
    const left = docs.flatMap(tooLarge);
    if (left.length === 0) throw error;
    const names = new Set(left.map(({ sessionId }) => sessionId));
    const rest = docs.filter(({ _id }) => !names.has(_id));
    return { there: rest.length > 0 ? (await insert(sessions, rest)).there : [], left };
  }
}
