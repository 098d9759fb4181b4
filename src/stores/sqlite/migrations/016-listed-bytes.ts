/**
 * Bytes of one that is listed and of all before it in its session, as they count for what a session may hold: whoever adds one looks at
 * the last, and not at all of them. Null where a process of an earlier version has added it, and where it was brought along.
 */
export const listedBytes = `
ALTER TABLE feedback ADD COLUMN bytes_so_far INTEGER;
ALTER TABLE guardrail_events ADD COLUMN bytes_so_far INTEGER;
`;
