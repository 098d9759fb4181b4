import type { ReadBudget } from '../../../domain/read-budget.js';
import { marksOf } from '../../../domain/sessions/marks.js';
import type { AgentMarks, MarksRequest } from '../../../domain/sessions/session-store.js';
import { type Doc, isDoc } from '../documents/bson-json.js';
import { integerOrNull, listOf, textOrNull } from '../documents/field-values.js';
import { rangesFromNote } from '../documents/message-document.js';
import type { Sessions } from '../driver/collection.js';
import { readEach } from './read-by-ids.js';
import { AGENTS, messagesOf, notesOf } from './read-expressions.js';

/** One aggregation for all requests; nothing of the messages leaves the server. */
export async function loadSuperseding(
  sessions: Sessions,
  requests: readonly MarksRequest[],
  budget?: ReadBudget,
): Promise<AgentMarks[][]> {
  const wanted = requests.map(({ sessionId, among }) => ({
    session: sessionId,
    all: among === 'all',
    among: among === 'all' ? [] : [...among],
  }));
  const found = await readEach(sessions, wanted, FOUND, budget);
  return requests.map(({ among }, index) => {
    const agents = listOf(found[index]?.agents).filter(isDoc).map(marksFrom);
    if (among === 'all') return agents;
    const byId = new Map(agents.map((agent) => [agent.agentId, agent]));
    return [...new Set(among)].flatMap((agentId) => byId.get(agentId) ?? []);
  });
}

const FOUND = {
  agents: {
    $map: {
      input: {
        $filter: { input: AGENTS, as: 'a', cond: { $or: ['$$w.all', { $in: ['$$a.k', '$$w.among'] }] } },
      },
      as: 'a',
      in: {
        k: '$$a.k',
        count: { $size: messagesOf('$$a.v') },
        notes: {
          $map: {
            input: { $filter: { input: notesOf('$$a.v'), as: 'n', cond: { $isArray: '$$n.supersedes' } } },
            as: 'n',
            in: { at: '$$n.at', supersedes: '$$n.supersedes' },
          },
        },
      },
    },
  },
};

function marksFrom({ k, count, notes }: Doc): AgentMarks {
  const marks = listOf(notes)
    .filter(isDoc)
    .flatMap((note) => {
      const position = integerOrNull(note.at);
      return position === null ? [] : [{ position, ranges: rangesFromNote(note) }];
    });
  return {
    agentId: textOrNull(k) ?? '',
    messageCount: integerOrNull(count) ?? 0,
    marks: marksOf(marks),
  };
}
