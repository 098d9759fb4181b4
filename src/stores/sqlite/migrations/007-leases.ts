/** Which process does a piece of work (domain/leases.ts), and until when, in ms since 1970. */
export const leases = `
CREATE TABLE leases (
  name TEXT PRIMARY KEY,
  holder TEXT NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`;
