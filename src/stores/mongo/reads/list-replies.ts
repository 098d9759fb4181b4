import type { Filter } from 'mongodb';
import { createSlots } from '../../../domain/fairness/slots.js';
import { ACTIVE_STATES } from '../../../domain/replies/model.js';
import type { ListReplies } from '../../../domain/replies/reply-store.js';
import {
  type BareReplyDoc,
  type ReplyCollections,
  type ReplyDoc,
  WITHOUT_TEXT,
} from '../documents/reply-document.js';
import { READ_LIMIT_MS } from '../driver/collection.js';
import { retrying } from '../driver/retry.js';

/** Sessions whose replies are asked for by one command; each has 64 that are not over, and a few that were started at one moment. */
const SESSIONS = 100;
const MOST_OF_SESSION = 100;
/** Commands of one listing at once. */
const COMMANDS = 4;

/**
 * What each request asks for, as it is stored, in order. Those that are not over are few, and read by one command for many sessions; of the
 * others a session keeps all that ended within a day, so that each request reads no more than it asks for. `read` runs a command.
 */
export async function listReplies(
  { replies }: Pick<ReplyCollections, 'replies'>,
  requests: readonly ListReplies[],
  read: (find: () => Promise<BareReplyDoc[]>) => Promise<BareReplyDoc[]>,
): Promise<BareReplyDoc[][]> {
  const slots = createSlots(COMMANDS);
  const find = (filter: Filter<ReplyDoc>, limit: number) =>
    slots(() => read(() => retrying(() => replies.find(filter, { ...LISTED, limit }).toArray())));

  const together = requests.filter(goesOn);
  const sessionIds = [...new Set(together.map(({ sessionId }) => sessionId))];
  const active = Array.from({ length: Math.ceil(sessionIds.length / SESSIONS) }, (_, index) =>
    find(
      {
        session_id: { $in: sessionIds.slice(index * SESSIONS, (index + 1) * SESSIONS) },
        state: { $in: [...ACTIVE_STATES] },
      },
      SESSIONS * MOST_OF_SESSION,
    ),
  );
  const alone = requests.map((request) => (goesOn(request) ? null : find(filterOf(request), request.limit)));
  const [found, others] = await Promise.all([Promise.all(active), Promise.all(alone)]);
  const bySession = new Map(sessionIds.map((id): [string, BareReplyDoc[]] => [id, []]));
  for (const doc of found.flat()) bySession.get(doc.session_id)?.push(doc);
  return requests.map(
    (request, index) =>
      others[index] ??
      (bySession.get(request.sessionId) ?? []).filter(isAsked(request)).slice(0, request.limit),
  );
}

/** With an index on session, state and these the first ones are found without a look at the others. */
const LISTED = {
  projection: WITHOUT_TEXT,
  sort: { started_at: 1 as const, _id: 1 as const },
  maxTimeMS: READ_LIMIT_MS,
};

const goesOn = ({ states }: ListReplies): boolean => states.every((state) => ACTIVE_STATES.includes(state));

const filterOf = ({ sessionId, agentId, states }: ListReplies): Filter<ReplyDoc> => ({
  session_id: sessionId,
  state: { $in: [...states] },
  ...(agentId === null ? {} : { agent_id: agentId }),
});

const isAsked =
  ({ agentId, states }: ListReplies) =>
  (doc: BareReplyDoc): boolean =>
    (agentId === null || doc.agent_id === agentId) && states.includes(doc.state);
