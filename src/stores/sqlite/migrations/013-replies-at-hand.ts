/** The reply that a message was, however many others its agent has had; and the rows that only say that a reply has changed. */
export const repliesAtHand = `
CREATE INDEX replies_by_position ON replies (agent, position) WHERE position IS NOT NULL;
CREATE INDEX reply_log_told ON reply_log (reply) WHERE parts IS NULL;
`;
