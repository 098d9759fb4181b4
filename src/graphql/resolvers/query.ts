import { requireScope } from '../../domain/guarded-service.js';
import type { NodeResolvers, QueryResolvers } from '../generated/types.js';
import { parseGlobalId } from '../global-id.js';
import { pageSize, sessionKey } from '../paging.js';
import type { NodeParent } from '../parents.js';
import { toSessionFilter } from '../session-filter.js';

export const query: QueryResolvers = {
  session: (_root, { sessionId }, { loaders }) => loaders.session.load(sessionId),

  async sessions(_root, { filter, orderBy, ...page }, { service, cursors }) {
    const { size, backward } = pageSize(page);
    const order = {
      field: orderBy?.field ?? 'updatedAt',
      direction: orderBy ? (orderBy.direction ?? 'asc') : 'desc',
    } as const;
    const asked = toSessionFilter(filter);
    const after = sessionKey(cursors, page.after, order.field);
    const before = sessionKey(cursors, page.before, order.field);
    let counted: Promise<number> | undefined;
    const { sessions, hasMore } = await service.findSessions({
      filter: asked,
      orderBy: order,
      limit: size,
      backward,
      after,
      before,
    });
    return {
      sessions,
      orderField: order.field,
      count: () => (counted ??= service.countSessions(asked)),
      // Beyond a cursor lies the item that it was given for.
      hasNext: before !== null || (!backward && hasMore),
      hasPrevious: after !== null || (backward && hasMore),
    };
  },

  serverStatus(_root, _args, { status, caller }) {
    requireScope(caller.policy, 'admin');
    return status();
  },

  async node(_root, { id }, { loaders }): Promise<NodeParent | null> {
    const parsed = parseGlobalId(id);
    if (parsed?.type === 'Session') return loaders.session.load(parsed.sessionId);
    if (parsed?.type === 'Message') return loaders.message.load(parsed.address);
    if (!parsed) return null;
    const { sessionId, agentId } = parsed;
    const [agent] = await loaders.agents.load({ sessionId, among: [agentId], windows: [] });
    return agent ?? null;
  },
};

export const node: NodeResolvers = {
  __resolveType: (parent) => ('pages' in parent ? 'Agent' : 'position' in parent ? 'Message' : 'Session'),
};
