/**
 * Replies in progress. `length` counts characters as JavaScript does; `due_at`: when its writer is late, in ms of the machine's clock. A row of
 * the log holds parts and where they begin, or only says that the reply has changed; `pruned`: its rows were removed by age.
 */
export const replies = `
CREATE TABLE replies (
  id INTEGER PRIMARY KEY,
  reply_id TEXT NOT NULL UNIQUE,
  agent INTEGER NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
  state TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  durability TEXT NOT NULL,
  timeout_ms INTEGER NOT NULL,
  caller TEXT NOT NULL,
  length INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  ended_at INTEGER,
  reason TEXT,
  position INTEGER,
  pruned INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX replies_by_agent ON replies (agent, id);
CREATE INDEX replies_by_due ON replies (state, due_at) WHERE ended_at IS NULL;
CREATE INDEX replies_by_caller ON replies (caller) WHERE ended_at IS NULL;
CREATE INDEX replies_by_end ON replies (pruned, ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE reply_log (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  reply INTEGER NOT NULL REFERENCES replies (id) ON DELETE CASCADE,
  start INTEGER,
  parts TEXT
) STRICT;
CREATE INDEX reply_log_by_reply ON reply_log (reply, id);
`;
