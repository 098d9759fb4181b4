import { USAGE_COUNTS } from './field-values.js';

/*
 * Aggregation expressions over a session's document. Each is guarded against what a damaged document may hold: one
 * `$size` of what is no array would fail the whole batch.
 */

export type Expression = unknown;

/** The agents as `[{k, v}]`, in stored order. */
export const AGENTS: Expression = {
  $cond: [{ $eq: [{ $type: '$agents' }, 'object'] }, { $objectToArray: '$agents' }, []],
};

/** The messages of the agent at `path`, such as `$$a.v`. */
export const messagesOf = (path: string): Expression => ({
  $cond: [{ $isArray: `${path}.messages` }, `${path}.messages`, []],
});

/** What Parley keeps beside the messages of the agent at `path`: `[{at, client_id, created_at}]`, by their index. */
export const notesOf = (path: string): Expression => ({
  $cond: [{ $isArray: `${path}.parley_messages` }, `${path}.parley_messages`, []],
});

/** One agent of the document, `{k, v}`; missing where there is none. `$literal`: an id is never read as a path. */
export const agentNamed = (agentId: Expression): Expression => ({
  $arrayElemAt: [{ $filter: { input: AGENTS, as: 'a', cond: { $eq: ['$$a.k', agentId] } } }, 0],
});

/** Token counts summed over `messages`; those of the single model call where a message has both. */
export const usageOf = (messages: Expression): Expression => ({
  $let: {
    vars: {
      usage: {
        $map: {
          input: messages,
          as: 'm',
          in: {
            $cond: [
              { $eq: [{ $type: '$$m.message.metadata.usage' }, 'object'] },
              '$$m.message.metadata.usage',
              '$$m.event_loop_metrics.accumulated_usage',
            ],
          },
        },
      },
    },
    in: sumsOf('$$usage'),
  },
});

/** `message_count` and `usage` of the whole session. */
export const SESSION_TOTALS: Expression = {
  message_count: {
    $sum: { $map: { input: AGENTS, as: 'a', in: { $size: messagesOf('$$a.v') } } },
  },
  usage: {
    $let: {
      vars: { usages: { $map: { input: AGENTS, as: 'a', in: usageOf(messagesOf('$$a.v')) } } },
      in: sumsOf('$$usages'),
    },
  },
};

/** What of a session is read: no agent, no message and no secret leaves the server. */
export const SESSION_PROJECTION = {
  session_type: 1,
  application_name: 1,
  created_at: 1,
  updated_at: 1,
  metadata: 1,
  feedbacks: 1,
  guardrail_events: 1,
  ...(SESSION_TOTALS as object),
};

/** `$sum` passes over what is no number. */
function sumsOf(list: string): Expression {
  return Object.fromEntries(USAGE_COUNTS.map((name) => [name, { $sum: `${list}.${name}` }]));
}
