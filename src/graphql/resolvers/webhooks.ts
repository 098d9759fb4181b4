import { isLimited } from '../../domain/access/reach.js';
import { requireScope } from '../../domain/access/scopes.js';
import { ParleyError } from '../../domain/errors.js';
import type { RequestContext } from '../context.js';
import { forwardPage } from '../forward-page.js';
import type { QueryResolvers } from '../generated/types.js';

const CURSOR = 'dead-letters';

export const webhooksQuery: Pick<QueryResolvers, 'webhookEndpoints' | 'webhookDeadLetters'> = {
  webhookEndpoints: (_root, _args, context) =>
    context.audited('webhookEndpoints', null, async () => {
      requireWholeAdmin(context);
      const states = await context.webhooks.list(context.share);
      return states.map(({ endpoint, deliveredAt, ...state }) => ({
        ...state,
        name: endpoint,
        lastTakenAt: deliveredAt,
      }));
    }),
  webhookDeadLetters: (_root, { endpoint, first, after }, context) =>
    context.audited('webhookDeadLetters', null, async () => {
      requireWholeAdmin(context);
      const { webhooks, cursors, share } = context;
      const { items, pageInfo } = await forwardPage(
        { cursors, kind: CURSOR },
        { first, after },
        (limit, position) => webhooks.deadLetters({ endpoint, after: position, limit }, share),
        ({ event }) => event.position,
      );
      const nodes = items.map(({ event: { id, type, at, sessionId }, attempts, failure, deadAt }) => ({
        id,
        type,
        at: new Date(at),
        sessionId,
        attempts,
        failure,
        deadAt,
      }));
      return { nodes, pageInfo };
    }),
};

/** They tell of sessions that a limited caller does not reach. FORBIDDEN. */
function requireWholeAdmin({ caller: { policy } }: RequestContext): void {
  requireScope(policy, 'admin');
  if (isLimited(policy.reach)) {
    throw new ParleyError(
      'FORBIDDEN',
      'A credential that is limited to some sessions cannot see what is sent of all.',
    );
  }
}
