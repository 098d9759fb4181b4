import { createHash } from 'node:crypto';
import { encode } from '../bson/encode.js';
import { Binary, type Doc, Long } from '../bson/values.js';
import { ServerError } from '../errors.js';
import { type Catalog, type Collection, idKey } from './catalog.js';
import type { NewEntry, Oplog } from './oplog.js';

/** A collection as a transaction sees it, and as it was when the transaction first looked. */
interface View {
  seen: Collection;
  real: Collection;
  before: ReadonlyMap<string, Doc>;
}

interface Transaction {
  number: bigint;
  phase: 'open' | 'committed' | 'aborted';
  views: Map<string, View>;
  entries: NewEntry[];
  /** The documents that it has written and nobody else may. */
  locks: Set<string>;
}

/** Transactions over several documents: each writes to copies, which take the place of the originals at the commit. */
export interface Transactions {
  /** The catalog and the oplog that a statement within the transaction works on. */
  enter(lsid: Doc, number: bigint, starts: boolean): { catalog: Catalog; oplog: Oplog };
  commit(lsid: Doc, number: bigint): void;
  abort(lsid: Doc, number: bigint): void;
}

const TRANSIENT = ['TransientTransactionError'];
const NOBODY = new Binary(createHash('sha256').digest(), 0);
const CONFLICT =
  'WriteConflict error: this operation conflicted with another operation. Please retry your operation or multi-document transaction.';

const keyOf = (lsid: Doc): string => encode(new Map([['id', lsid.get('id') ?? null]])).toString('latin1');
const lockOf = ({ uuid }: Collection, key: string): string => `${uuid.toString('hex')} ${key}`;

export function createTransactions(catalog: Catalog, oplog: Oplog): Transactions {
  const bySession = new Map<string, Transaction>();

  function running(lsid: Doc, number: bigint): Transaction {
    const known = bySession.get(keyOf(lsid));
    if (known?.number !== number)
      throw new ServerError(
        251,
        `Given transaction number ${number} does not match any in-progress transactions.`,
        TRANSIENT,
      );
    if (known.phase === 'aborted')
      throw new ServerError(251, `Transaction ${number} has been aborted.`, TRANSIENT);
    return known;
  }

  function view(transaction: Transaction, real: Collection): Collection {
    const name = `${real.database}.${real.name}`;
    const known = transaction.views.get(name);
    if (known) return known.seen;
    const seen = { ...real, documents: new Map(real.documents) };
    transaction.views.set(name, { seen, real, before: new Map(real.documents) });
    return seen;
  }

  function write(transaction: Transaction, entry: NewEntry): void {
    const found = transaction.views.get(`${entry.database}.${entry.collection}`);
    if (!found || !('id' in entry.operation))
      throw new ServerError(263, 'Cannot run this operation in a multi-document transaction.');
    const key = idKey(entry.operation.id);
    const lock = lockOf(found.real, key);
    const others = [...bySession.values()].filter((other) => other !== transaction && other.phase === 'open');
    if (
      others.some(({ locks }) => locks.has(lock)) ||
      found.real.documents.get(key) !== found.before.get(key)
    ) {
      end(transaction, 'aborted');
      throw new ServerError(112, CONFLICT, TRANSIENT);
    }
    transaction.locks.add(lock);
    transaction.entries.push(entry);
  }

  return {
    enter(lsid, number, starts) {
      if (starts)
        bySession.set(keyOf(lsid), {
          number,
          phase: 'open',
          views: new Map(),
          entries: [],
          locks: new Set(),
        });
      const transaction = running(lsid, number);
      if (transaction.phase === 'committed')
        throw new ServerError(256, `Transaction ${number} has been committed.`);
      const find: Catalog['find'] = (database, name) => {
        const real = catalog.find(database, name);
        return real && view(transaction, real);
      };
      return {
        catalog: {
          ...catalog,
          find,
          findOrCreate: (database, name) => view(transaction, catalog.findOrCreate(database, name)),
        },
        oplog: Object.assign(Object.create(oplog) as Oplog, {
          append(entry: NewEntry) {
            write(transaction, entry);
            return oplog.lastTime;
          },
        }),
      };
    },
    commit(lsid, number) {
      const transaction = running(lsid, number);
      if (transaction.phase === 'committed') return;
      for (const { database, collection, operation } of transaction.entries) {
        const { seen, real } = transaction.views.get(`${database}.${collection}`) as View;
        const key = idKey('id' in operation ? operation.id : undefined);
        const document = seen.documents.get(key);
        if (document) real.documents.set(key, document);
        else real.documents.delete(key);
      }
      const owner = new Map([...lsid, ['uid', NOBODY]]);
      if (transaction.entries.length > 0)
        oplog.appendTransaction(transaction.entries, { lsid: owner, txnNumber: Long.fromBigInt(number) });
      end(transaction, 'committed');
    },
    abort(lsid, number) {
      end(running(lsid, number), 'aborted');
    },
  };
}

/** What is over keeps only how it ended. */
function end(transaction: Transaction, phase: 'committed' | 'aborted'): void {
  transaction.phase = phase;
  transaction.views.clear();
  transaction.locks.clear();
  transaction.entries = [];
}
