import { createHash } from 'node:crypto';
import { encode } from '../bson/encode.js';
import { Binary, type Doc, isDoc, type Value } from '../bson/values.js';
import { ServerError } from '../errors.js';

/** What one statement of a write came to; kept so that the same statement sent again answers the same. */
export interface StatementResult {
  n: number;
  modified: number;
  upserted: Value | undefined;
  /** For findAndModify: the whole document, without the projection. */
  reply?: Doc;
}

interface SessionRecord {
  txnNumber: bigint;
  statements: Map<number, StatementResult>;
}

/** The numbered writes of every session. All members share them, as they are replicated. */
export interface Sessions {
  /** The results of the statements of that number so far; a number older than the last is refused. */
  begin(lsid: Doc, txnNumber: bigint): Map<number, StatementResult>;
  end(lsid: Doc): void;
  /** All of them as they are now: called, they are so again. */
  remember(): () => void;
}

const NOBODY = createHash('sha256').digest('base64');

const shown = (lsid: Doc): string => {
  const id = lsid.get('id');
  return id instanceof Binary ? id.toUUID().toString() : String(id);
};

export function createSessions(): Sessions {
  const records = new Map<string, SessionRecord>();
  const keyOf = (lsid: Doc) => encode(new Map([['id', lsid.get('id') ?? null]])).toString('latin1');
  return {
    begin(lsid, txnNumber) {
      const key = keyOf(lsid);
      const known = records.get(key);
      if (known && known.txnNumber > txnNumber)
        throw new ServerError(
          225,
          `Retryable write with txnNumber ${txnNumber} is prohibited on session ${shown(lsid)} - ${NOBODY} because a newer retryable write with txnNumber ${known.txnNumber} has already started on this session.`,
        );
      if (known?.txnNumber === txnNumber) return known.statements;
      const statements = new Map<number, StatementResult>();
      records.set(key, { txnNumber, statements });
      return statements;
    },
    remember() {
      const kept = [...records].map(
        ([key, { txnNumber, statements }]) => [key, { txnNumber, statements: new Map(statements) }] as const,
      );
      return () => {
        records.clear();
        for (const [key, record] of kept) records.set(key, record);
      };
    },
    end(lsid) {
      if (isDoc(lsid)) records.delete(keyOf(lsid));
    },
  };
}
