/** `key` is JSON: it is read whole and found by its id. Ids of the audit rise, and are never used again. */
export const access = `
CREATE TABLE api_keys (
  id TEXT PRIMARY KEY,
  key TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER,
  revoked_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  caller_kind TEXT NOT NULL,
  caller_id TEXT NOT NULL,
  caller_name TEXT NOT NULL,
  action TEXT NOT NULL,
  session_id TEXT,
  agent_id TEXT,
  outcome TEXT NOT NULL,
  came_from TEXT
) STRICT;
CREATE INDEX audit_by_time ON audit (at);
CREATE INDEX audit_by_session ON audit (session_id, id);
CREATE INDEX audit_by_caller ON audit (caller_id, id);
`;
