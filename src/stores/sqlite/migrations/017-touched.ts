/**
 * Sessions that were written to since their own row was, and when: `updated_at` of a session stands in three indexes and in two more for each
 * declared path of metadata, and every append would change all of them. A few dozen at most (touched.ts).
 */
export const touched = `
CREATE TABLE touched (
  session INTEGER PRIMARY KEY,
  updated_at INTEGER NOT NULL
) STRICT;
`;
