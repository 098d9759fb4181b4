/** The key says which session a snapshot is deleted with (domain/sessions/snapshot-key.ts); that session need not be there. */
export const snapshots = `
CREATE TABLE snapshots (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  data BLOB NOT NULL,
  written_at INTEGER NOT NULL
) STRICT;
`;
