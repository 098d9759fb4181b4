import { isLimited } from '../../domain/access/reach.js';
import { requireScope } from '../../domain/access/scopes.js';
import { ParleyError } from '../../domain/errors.js';
import type { RequestContext } from '../context.js';
import type { QueryResolvers } from '../generated/types.js';

const CURSOR = 'dead-letters';
const MAX_PAGE = 200;

export const webhooksQuery: Pick<QueryResolvers, 'webhookEndpoints' | 'webhookDeadLetters'> = {
  webhookEndpoints: (_root, _args, context) =>
    context.audited('webhookEndpoints', null, async () => {
      requireWholeAdmin(context);
      const states = await context.webhooks.list();
      return states.map(({ endpoint, deliveredAt, ...state }) => ({
        ...state,
        name: endpoint,
        lastTakenAt: deliveredAt,
      }));
    }),
  webhookDeadLetters: (_root, { endpoint, first, after }, context) =>
    context.audited('webhookDeadLetters', null, async () => {
      requireWholeAdmin(context);
      const { webhooks, cursors } = context;
      const limit = first ?? 50;
      if (limit < 0 || limit > MAX_PAGE) {
        throw new ParleyError('BAD_USER_INPUT', `first must be 0 to ${MAX_PAGE}, not ${limit}.`);
      }
      const position = typeof after === 'string' ? String(cursors.open(CURSOR, after)) : null;
      const found = await webhooks.deadLetters({ endpoint, after: position, limit: limit + 1 });
      const page = found.slice(0, limit);
      const cursorOf = (held: (typeof page)[number] | undefined) =>
        held ? cursors.seal(CURSOR, held.event.position) : null;
      return {
        nodes: page.map(({ event: { id, type, at, sessionId }, attempts, failure, deadAt }) => ({
          id,
          type,
          at: new Date(at),
          sessionId,
          attempts,
          failure,
          deadAt,
        })),
        pageInfo: {
          hasNextPage: found.length > limit,
          hasPreviousPage: position !== null,
          startCursor: cursorOf(page[0]),
          endCursor: cursorOf(page.at(-1)),
        },
      };
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
