/** What webhooks have come to (domain/webhook-store.ts). `event` is JSON without content; times in ms since 1970. */
export const webhooks = `
CREATE TABLE webhook_endpoints (
  name TEXT PRIMARY KEY,
  holder TEXT NOT NULL,
  cursor TEXT NOT NULL,
  disabled TEXT,
  revision INTEGER NOT NULL,
  delivered_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE webhook_events (
  endpoint TEXT NOT NULL,
  position TEXT NOT NULL,
  id TEXT NOT NULL,
  session_id TEXT,
  event TEXT NOT NULL,
  since INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  failure TEXT,
  dead_at INTEGER,
  PRIMARY KEY (endpoint, position)
) STRICT, WITHOUT ROWID;
`;
