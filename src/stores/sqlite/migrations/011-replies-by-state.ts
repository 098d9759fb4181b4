/** An agent's replies that are over are many, and are not gone through for those that go on. */
export const repliesByState = `
CREATE INDEX replies_by_state ON replies (agent, state, id);
DROP INDEX replies_by_agent;
`;
