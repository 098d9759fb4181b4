/** What a message takes the place of; the index holds it, so that nothing large is read on the way to it. */
export const superseding = `
ALTER TABLE messages ADD COLUMN supersedes TEXT;
CREATE INDEX messages_superseding ON messages (agent, position, supersedes) WHERE supersedes IS NOT NULL;
`;
