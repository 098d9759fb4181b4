/** What repeats within a minute is one entry with a count; `mark` finds it again. */
export const auditCounts = `
ALTER TABLE audit ADD COLUMN count INTEGER NOT NULL DEFAULT 1;
ALTER TABLE audit ADD COLUMN mark TEXT;
CREATE UNIQUE INDEX audit_by_mark ON audit (mark) WHERE mark IS NOT NULL;
`;
