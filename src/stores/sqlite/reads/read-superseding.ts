import { ROW_BYTES } from '../../../domain/read-budget.js';
import { marksIn, NO_MARKS } from '../../../domain/sessions/marks.js';
import type { AgentMarks, MarksRequest } from '../../../domain/sessions/session-store.js';
import type { RowsRead } from './rows-read.js';

const AGENTS = `
SELECT ? AS request, agents.id, agents.agent_id, agents.message_count
FROM sessions CROSS JOIN agents ON agents.session = sessions.id
WHERE sessions.session_id = ? AND in_time(agents.id)`;
const ONE_AGENT = `${AGENTS} AND agents.agent_id = ?`;
const ALL_AGENTS = `${AGENTS} ORDER BY agents.id`;
/** Both are answered by the index alone. */
export const MEASURE_MARKS = `
SELECT count(*) AS marks, coalesce(sum(octet_length(supersedes)), 0) AS bytes
FROM messages WHERE agent = ? AND supersedes IS NOT NULL AND in_time()`;
export const LOAD_MARKS = `
SELECT json_group_array(json_array(position, json(supersedes))) AS marks
FROM messages WHERE agent = ? AND supersedes IS NOT NULL AND in_time()`;

/** About what a mark takes beside its ranges. */
const MARK_BYTES = 16;

/** One row for each agent, with its marks: what finds the rows reads their numbers, too. */
export const supersedingRead: RowsRead<readonly MarksRequest[], AgentMarks[][]> = {
  rows: (statements, requests, most) =>
    // Between measuring and loading nothing may change.
    statements.snapshot(() => {
      const agents = requests.flatMap(({ sessionId, among }, request) =>
        among === 'all'
          ? statements.all(ALL_AGENTS, request, sessionId)
          : [...new Set(among)].flatMap((id) => statements.get(ONE_AGENT, request, sessionId, id) ?? []),
      );
      let bytes = agents.length * ROW_BYTES;
      for (const agent of agents) {
        agent.measured = statements.get(MEASURE_MARKS, agent.id);
        bytes += agent.measured.bytes + agent.measured.marks * MARK_BYTES;
      }
      if (bytes > most) return { bytes };
      for (const agent of agents) {
        const { marks } = agent.measured;
        // Most have none.
        agent.marks = marks === 0 ? NO_MARKS : marksIn(statements.get(LOAD_MARKS, agent.id)?.marks, marks);
      }
      return { bytes, value: agents };
    }),
  *value(requests, rows) {
    const found: AgentMarks[][] = requests.map(() => []);
    for (const { request, agent_id, message_count, marks } of rows) {
      found[request]?.push({ agentId: agent_id, messageCount: message_count, marks });
      yield;
    }
    return found;
  },
};
