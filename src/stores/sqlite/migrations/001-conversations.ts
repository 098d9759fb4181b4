/**
 * Dates are ms since 1970; JSON is text. `messages.position` is the message's index and its `message_id`. Counts and
 * token totals of an agent are kept with each write. `changes` holds identities alone, never content.
 */
export const conversations = `
CREATE TABLE sessions (
  id INTEGER PRIMARY KEY,
  session_id TEXT NOT NULL UNIQUE,
  session_type TEXT NOT NULL,
  application_name TEXT,
  viewer_password TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  metadata TEXT NOT NULL
) STRICT;
CREATE INDEX sessions_by_created ON sessions (created_at, session_id);
CREATE INDEX sessions_by_updated ON sessions (updated_at, session_id);
CREATE INDEX sessions_by_application_created ON sessions (application_name, created_at, session_id);
CREATE INDEX sessions_by_application_updated ON sessions (application_name, updated_at, session_id);
CREATE INDEX sessions_by_type_created ON sessions (session_type, created_at, session_id);
CREATE INDEX sessions_by_type_updated ON sessions (session_type, updated_at, session_id);

CREATE TABLE agents (
  id INTEGER PRIMARY KEY,
  session INTEGER NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  agent_id TEXT NOT NULL,
  model TEXT,
  system_prompt TEXT,
  prompt_metadata TEXT,
  state TEXT NOT NULL,
  conversation_manager_state TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  message_count INTEGER NOT NULL DEFAULT 0,
  last_message_at INTEGER NOT NULL DEFAULT 0,
  input_tokens INTEGER NOT NULL DEFAULT 0,
  output_tokens INTEGER NOT NULL DEFAULT 0,
  total_tokens INTEGER NOT NULL DEFAULT 0,
  cache_read_tokens INTEGER NOT NULL DEFAULT 0,
  cache_write_tokens INTEGER NOT NULL DEFAULT 0,
  UNIQUE (session, agent_id)
) STRICT;

CREATE TABLE messages (
  agent INTEGER NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  storage_id TEXT NOT NULL,
  role TEXT NOT NULL,
  content TEXT NOT NULL,
  redacted INTEGER NOT NULL DEFAULT 0,
  metadata TEXT,
  event_loop_metrics TEXT,
  guardrail_event TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE (agent, position),
  UNIQUE (agent, storage_id)
) STRICT;

CREATE TABLE feedback (
  session INTEGER NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  rating TEXT,
  comment TEXT,
  fields TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (session, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX feedback_by_rating ON feedback (rating, session);

CREATE TABLE guardrail_events (
  session INTEGER NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  event TEXT NOT NULL,
  PRIMARY KEY (session, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE receipts (
  session INTEGER NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  key_hash TEXT NOT NULL,
  body_hash TEXT NOT NULL,
  position INTEGER NOT NULL,
  written_at INTEGER NOT NULL,
  PRIMARY KEY (session, key_hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX receipts_by_time ON receipts (written_at);

CREATE TABLE changes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  session_id TEXT NOT NULL,
  session_created_at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  agent_id TEXT,
  position INTEGER,
  written_at INTEGER NOT NULL
) STRICT;
CREATE INDEX changes_by_session ON changes (session_id, id);

CREATE TABLE pruned (through INTEGER NOT NULL) STRICT;
INSERT INTO pruned VALUES (0);

CREATE TABLE secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
`;
