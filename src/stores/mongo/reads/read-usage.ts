import type { Usage } from '../../../domain/sessions/model.js';
import type { UsageRequest } from '../../../domain/sessions/session-store.js';
import { addUsage, emptyUsage, exactTotals, mapUsage } from '../../../domain/sessions/usage.js';
import { type Doc, isDoc } from '../documents/bson-json.js';
import { integerOrNull, listOf } from '../documents/field-values.js';
import { READ_LIMIT_MS, type Sessions } from '../driver/collection.js';
import { AGENTS, type Expression, messagesOf } from './read-expressions.js';
import { walkOver } from './usage-expressions.js';

/** One aggregation for all requests: each agent that is asked about, alone or as part of its session, is walked over once. */
export async function loadUsage(
  sessions: Sessions,
  requests: readonly UsageRequest[],
): Promise<(Usage | null)[]> {
  if (requests.length === 0) return [];
  const ids = [...new Set(requests.map(({ sessionId }) => sessionId))];
  const docs = await sessions
    .aggregate([{ $match: { _id: { $in: ids } } }, { $project: { agents: agentsExpression(requests) } }], {
      maxTimeMS: READ_LIMIT_MS,
    })
    .toArray();
  const found = new Map(docs.map((doc) => [doc._id as string, agentsOf(doc)]));
  return requests.map((request) => answerOf(request, found.get(request.sessionId)));
}

interface Walked {
  total: Usage;
  costs: Map<number | null, Usage | null>;
}

function answerOf({ agentId, position }: UsageRequest, agents?: Map<unknown, Walked>): Usage | null {
  if (!agents) return null;
  if (agentId === undefined) {
    return exactTotals([...agents.values()].map(({ total }) => total).reduce(addUsage, emptyUsage()));
  }
  const agent = agents.get(agentId);
  if (!agent) return null;
  return position === undefined ? exactTotals(agent.total) : (agent.costs.get(position) ?? null);
}

/** `[{k, walk}]` of the agents that are asked about; a session whose total is wanted has all of its agents. */
function agentsExpression(requests: readonly UsageRequest[]): Expression {
  const whole = requests.filter(({ agentId }) => agentId === undefined).map(({ sessionId }) => sessionId);
  const named = new Map<string, { s: string; a: string; p: number[] }>();
  for (const { sessionId, agentId, position } of requests) {
    if (agentId === undefined) continue;
    const key = JSON.stringify([sessionId, agentId]);
    const wanted = named.get(key) ?? { s: sessionId, a: agentId, p: [] };
    named.set(key, wanted);
    if (position !== undefined) wanted.p.push(position);
  }
  for (const wanted of named.values()) wanted.p = [...new Set(wanted.p)].sort((a, b) => a - b);
  // `$literal`: an id is never read as a path.
  const wanted = {
    $filter: { input: { $literal: [...named.values()] }, as: 'w', cond: { $eq: ['$$w.s', '$_id'] } },
  };
  const isAsked = {
    $or: [{ $in: ['$_id', { $literal: [...new Set(whole)] }] }, { $in: ['$$a.k', '$$wanted.a'] }],
  };
  const messages = messagesOf('$$a.v');
  const walk = requests.some(({ position }) => position !== undefined)
    ? { $let: { vars: { positions: POSITIONS }, in: walkOver(messages, '$$positions') } }
    : walkOver(messages, null);
  return {
    $let: {
      vars: { wanted },
      in: {
        $map: {
          input: { $filter: { input: AGENTS, as: 'a', cond: isAsked } },
          as: 'a',
          in: { $let: { vars: { walk }, in: { k: '$$a.k', total: '$$walk.total', costs: '$$walk.costs' } } },
        },
      },
    },
  };
}

/** Of the agent that is looked at, rising; an empty list where it is asked for no message. */
const POSITIONS: Expression = {
  $reduce: {
    input: { $filter: { input: '$$wanted', as: 'w', cond: { $eq: ['$$w.a', '$$a.k'] } } },
    initialValue: [],
    in: { $concatArrays: ['$$value', '$$this.p'] },
  },
};

function agentsOf(doc: Doc): Map<unknown, Walked> {
  return new Map(
    listOf(doc.agents)
      .filter(isDoc)
      .map(({ k, total, costs }) => [
        k,
        {
          total: numbersOf(total),
          costs: new Map(
            listOf(costs)
              .filter(isDoc)
              .map(({ at, cost }) => [integerOrNull(at), isDoc(cost) ? numbersOf(cost) : null]),
          ),
        },
      ]),
  );
}

/** Doubles, and null where a message does not tell. */
const numbersOf = (counts: unknown): Usage =>
  mapUsage((field) => {
    const count = isDoc(counts) ? counts[field] : null;
    return typeof count === 'number' ? count + 0 : null;
  });
