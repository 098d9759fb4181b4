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

/** Messages over all agents. */
const MESSAGE_COUNT: Expression = {
  $sum: { $map: { input: AGENTS, as: 'a', in: { $size: messagesOf('$$a.v') } } },
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
  message_count: MESSAGE_COUNT,
};
