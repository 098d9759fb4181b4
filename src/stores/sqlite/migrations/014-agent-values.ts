/**
 * What is large of an agent lies beside its row, of which every write to the agent changes something. `aside`: which of its parts do, as
 * bits; their columns hold nothing then.
 */
export const agentValues = `
ALTER TABLE agents ADD COLUMN aside INTEGER NOT NULL DEFAULT 0;
CREATE TABLE agent_values (
  agent INTEGER NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
  part INTEGER NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (agent, part)
) STRICT;
`;
