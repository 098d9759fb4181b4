/** The identity that a message's writer gave it, once in an agent, and Strands' own. */
export const messageIdentities = `
ALTER TABLE messages ADD COLUMN client_id TEXT;
ALTER TABLE messages ADD COLUMN tracking_id TEXT;
CREATE UNIQUE INDEX messages_by_client_id ON messages (agent, client_id) WHERE client_id IS NOT NULL;
`;
