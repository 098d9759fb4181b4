import { requireScope } from '../../domain/access/scopes.js';
import type { NodeResolvers, QueryResolvers } from '../generated/types.js';
import { parseGlobalId } from '../global-id.js';
import { loadField } from '../loading/load-field.js';
import { partsOfItem, partsOfItems } from '../loading/selected-parts.js';
import { pageSize, sessionKey } from '../paging.js';
import type { NodeParent } from '../parents.js';
import { toSessionFilter } from '../session-filter.js';

export const query: QueryResolvers = {
  session: (_root, { sessionId }, { loaders }, info) =>
    loadField(loaders.session, undefined, info, () => [{ sessionId, parts: partsOfItem(info).session }]),

  async sessions(_root, { filter, orderBy, ...page }, { service, cursors, loaders }, info) {
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
      parts: partsOfItems(info).session,
    });
    loaders.list(sessions);
    return {
      sessions,
      orderField: order.field,
      count: () => (counted ??= service.countSessions(asked)),
      // Beyond a cursor lies the item that it was given for.
      hasNext: before !== null || (!backward && hasMore),
      hasPrevious: after !== null || (backward && hasMore),
    };
  },

  serverStatus: (_root, _args, context) =>
    context.audited('serverStatus', null, () => {
      requireScope(context.caller.policy, 'admin');
      return context.status();
    }),

  async node(_root, { id }, { loaders }, info): Promise<NodeParent | null> {
    const parsed = parseGlobalId(id);
    const parts = partsOfItem(info);
    if (parsed?.type === 'Session') {
      return loaders.session.load({ sessionId: parsed.sessionId, parts: parts.session });
    }
    if (parsed?.type === 'Message') {
      return loaders.message.load({ address: parsed.address, parts: parts.message });
    }
    if (!parsed) return null;
    const { sessionId, agentId } = parsed;
    const [agent] = await loaders.agents.load({
      sessionId,
      among: [agentId],
      windows: [],
      parts: parts.agent,
    });
    return agent ?? null;
  },
};

export const node: NodeResolvers = {
  __resolveType: (parent) => ('pages' in parent ? 'Agent' : 'position' in parent ? 'Message' : 'Session'),
};
