import { type Settings, type Since, sinceOf } from '../options.js';
import { type Catalog, createCatalog } from './catalog.js';
import { createOplog, type Oplog } from './oplog.js';
import { createSessions, type Sessions } from './sessions.js';
import { createTransactions, type Transactions } from './transactions.js';

/** What all members of a set have in common. Replication takes no time here. */
export interface State {
  settings: Settings;
  since: Since;
  /** Whether there is an oplog for others to read: on a server alone there is none. */
  replicated: boolean;
  catalog: Catalog;
  oplog: Oplog;
  sessions: Sessions;
  transactions: Transactions;
  now(): number;
}

export function createState(settings: Settings, now: () => number): State {
  const oplog = createOplog(now, settings.oplogEntries);
  const catalog = createCatalog(oplog);
  return {
    settings,
    since: sinceOf(settings),
    replicated: !settings.standalone,
    catalog,
    oplog,
    sessions: createSessions(),
    transactions: createTransactions(catalog, oplog),
    now,
  };
}
