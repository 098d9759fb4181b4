import { BSON, type Collection, MongoBulkWriteError } from 'mongodb';
import { ParleyError } from '../../domain/errors.js';
import type {
  SessionRecord,
  TransferCounts,
  TransferPart,
  TransferStore,
} from '../../domain/sessions/transfer.js';
import type { AuditDoc } from './access.js';
import type { CallGate } from './call-gate.js';
import { READ_LIMIT_MS, readDocs, type SessionDoc, type Sessions, WRITE_LIMIT_MS } from './collection.js';
import { DUPLICATE_KEY, isDuplicateKey, MAX_DOCUMENT_BYTES } from './errors.js';
import { retrying } from './retry.js';
import type { Snapshots } from './snapshots.js';
import { transferBeside } from './transfer-beside.js';
import { docFromParts } from './transfer-document.js';
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
  return {
    ...transferBeside(collections, gate),
    partBytes: MAX_LINES_BYTES,
    splits: false,
    // It would read every document.
    countMessages: async () => null,
    async *read(sessionId, { secrets }) {
      const pipeline = [{ $match: { _id: sessionId } }];
      const options = { maxTimeMS: READ_LIMIT_MS };
      const [doc] = await call(() =>
        retrying(() => readDocs(sessions, pipeline, options, { promoteValues: false })),
      );
      if (!doc) return;
      let page: SessionRecord[] = [];
      for (const record of recordsFromDoc(doc, secrets)) {
        page.push(record);
        if (page.length < PAGE) continue;
        yield page;
        page = [];
      }
      if (page.length > 0) yield page;
    },
    write: (parts) => call(() => write(sessions, parts)),
  };
}

async function write(sessions: Sessions, parts: readonly TransferPart[]): Promise<TransferCounts> {
  const bySession = groupParts(parts);
  const docs = new Map<string, SessionDoc>();
  return retrying(async () => {
    const known = await sessions
      .find({ _id: { $in: [...bySession.keys()] } }, { projection: { _id: 1 }, maxTimeMS: READ_LIMIT_MS })
      .toArray();
    const there = new Set(known.map(({ _id }) => _id));
    const made = [...bySession].filter(([id]) => !there.has(id));
    for (const [id, of] of made) if (!docs.has(id)) docs.set(id, docFromParts(of));
    const taken =
      made.length === 0
        ? 0
        : await insert(
            sessions,
            made.map(([id]) => docs.get(id) as SessionDoc),
          );
    const messages = made.flatMap(([, of]) =>
      of.flatMap(({ agents }) => agents.map((one) => one.messages.length)),
    );
    return {
      sessions: made.length - taken,
      messages: messages.reduce((sum, count) => sum + count, 0),
      there: there.size + taken,
    };
  });
}

function groupParts(parts: readonly TransferPart[]): Map<string, TransferPart[]> {
  const groups = new Map<string, TransferPart[]>();
  for (const part of parts) {
    const { sessionId } = part.session;
    groups.set(sessionId, [...(groups.get(sessionId) ?? []), part]);
  }
  return groups;
}

/** The error of a document that MongoDB does not take for its size. The driver refuses it too, without its name. */
function tooLarge(doc: SessionDoc): ParleyError | null {
  const bytes = BSON.calculateObjectSize(doc);
  if (bytes <= MAX_DOCUMENT_BYTES) return null;
  return new ParleyError(
    'DOCUMENT_TOO_LARGE',
    `Session ${JSON.stringify(doc._id)} takes ${bytes} bytes; MongoDB stores at most ${MAX_DOCUMENT_BYTES} in one document.`,
    { details: { maxBytes: MAX_DOCUMENT_BYTES, bytes } },
  );
}

/** How many were there already: another process has made them meanwhile, or an earlier try whose answer was lost. */
async function insert(sessions: Sessions, docs: SessionDoc[]): Promise<number> {
  try {
    await sessions.insertMany(docs, { ordered: false, maxTimeMS: WRITE_LIMIT_MS });
    return 0;
  } catch (error) {
    if (error instanceof MongoBulkWriteError) {
      const errors = Array.isArray(error.writeErrors) ? error.writeErrors : [error.writeErrors];
      if (errors.every(({ code }) => code === DUPLICATE_KEY)) return errors.length;
    } else if (isDuplicateKey(error)) return docs.length;
    for (const doc of docs) {
      const refusal = tooLarge(doc);
      if (refusal) throw refusal;
    }
    throw error;
  }
}
