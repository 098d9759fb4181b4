import type { GraphQLResolveInfo } from 'graphql';
import { after } from '../../domain/async/later.js';
import { ParleyError } from '../../domain/errors.js';
import type { JsonObject } from '../../domain/json/json-value.js';
import { oncePerObject } from '../../domain/once-per-object.js';
import { pickPaths } from '../../domain/sessions/metadata-path.js';
import type { Session } from '../../domain/sessions/model.js';
import { checkMetadataPath } from '../../domain/sessions/names.js';
import { MAX_METADATA_PATHS } from '../../domain/sessions/session-inputs.js';
import type { AgentsRequest } from '../../domain/sessions/session-store.js';
import type {
  GuardrailEventResolvers,
  SessionConnectionResolvers,
  SessionEdgeResolvers,
  SessionResolvers,
} from '../generated/types.js';
import { sessionGlobalId } from '../global-id.js';
import { within } from '../loading/field-budget.js';
import { loadField } from '../loading/load-field.js';
import { agentsBelow } from '../loading/lookahead.js';
import { sessionCursor } from '../paging.js';
import { totalUsage } from '../total-usage.js';

/** Of more paths than these it is remembered what was picked, for as long as the metadata is there. */
const FEW_PATHS = 8;
const picked = oncePerObject((metadata: JsonObject) =>
  oncePerObject((paths: readonly string[]) => pickPaths(metadata, paths)),
);
/** A list that a variable gives stands under hundreds of names. */
const checked = oncePerObject((paths: readonly string[]) => {
  checkPaths(paths);
  return paths;
});

function checkPaths(paths: readonly string[]): void {
  if (paths.length > MAX_METADATA_PATHS) {
    throw new ParleyError(
      'BAD_USER_INPUT',
      `paths names ${paths.length} paths; at most ${MAX_METADATA_PATHS} are allowed.`,
    );
  }
  for (const path of paths) checkMetadataPath(path);
}

export const session: SessionResolvers = {
  id: ({ sessionId }) => sessionGlobalId(sessionId),
  type: ({ sessionType }) => sessionType,
  metadata({ metadata }, { paths }) {
    if (!paths) return metadata;
    return checked(paths).length <= FEW_PATHS ? pickPaths(metadata, paths) : picked(metadata)(paths);
  },
  agents(one, _args, { loaders }, info) {
    const found = loadField(loaders.agents, one, info, (sessions) => agentsOf(sessions, 'all', info));
    return after(found, (agents) => within(agents, info));
  },
  feedback: ({ feedback }, _args, _context, info) => within(feedback, info),
  guardrailEvents: ({ guardrailEvents }, _args, _context, info) => within(guardrailEvents, info),
  agent(one, { agentId }, { loaders }, info) {
    const found = loadField(loaders.agents, one, info, (sessions) => agentsOf(sessions, [agentId], info));
    return after(found, ([agent]) => agent ?? null);
  },
  usage: ({ sessionId }, _args, context) => totalUsage(context, { sessionId }),
};

function agentsOf(
  sessions: readonly Pick<Session, 'sessionId'>[],
  among: AgentsRequest['among'],
  info: GraphQLResolveInfo,
): AgentsRequest[] {
  const asked = agentsBelow(info);
  return sessions.map(({ sessionId }) => ({ sessionId, among, ...asked }));
}

export const sessionConnection: SessionConnectionResolvers = {
  edges: ({ sessions, orderField }, _args, _context, info) =>
    within(sessions, info).map((one) => ({ session: one, orderField })),
  nodes: ({ sessions }, _args, _context, info) => within(sessions, info),
  pageInfo({ sessions, orderField, hasNext, hasPrevious }, _args, { cursors }) {
    const [first, last] = [sessions.at(0), sessions.at(-1)];
    return {
      hasNextPage: hasNext,
      hasPreviousPage: hasPrevious,
      startCursor: first ? sessionCursor(cursors, first, orderField) : null,
      endCursor: last ? sessionCursor(cursors, last, orderField) : null,
    };
  },
  totalCount: ({ count }) => count(),
};

export const sessionEdge: SessionEdgeResolvers = {
  node: ({ session: node }) => node,
  cursor: ({ session: node, orderField }, _args, { cursors }) => sessionCursor(cursors, node, orderField),
};

export const guardrailEvent: GuardrailEventResolvers = {
  agentId: (event) => ('agentId' in event ? event.agentId : null),
  messageId: (event) => ('messageId' in event ? event.messageId : null),
};
