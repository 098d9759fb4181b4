import { SCOPES } from '../../domain/access/policy.js';
import { requireScope } from '../../domain/access/scopes.js';
import { badInput, ParleyError, sessionNotFound } from '../../domain/errors.js';
import { checkSessionId } from '../../domain/sessions/names.js';
import { forwardPage } from '../forward-page.js';
import type { CallerResolvers, MutationResolvers, QueryResolvers } from '../generated/types.js';

const AUDIT_CURSOR = 'audit';
const MAX_TOKEN_SECONDS = 86_400;

export const accessQuery: Pick<QueryResolvers, 'auditLog' | 'caller'> = {
  caller: (_root, _args, { caller }) => caller,

  auditLog: (_root, { first, after, sessionId, callerId }, context) =>
    context.audited('auditLog', null, async () => {
      const { audit, caller, cursors, share } = context;
      requireScope(caller.policy, 'admin');
      const { items: nodes, pageInfo } = await forwardPage(
        { cursors, kind: AUDIT_CURSOR },
        { first, after },
        (limit, before) =>
          audit.list(
            {
              limit,
              before,
              ...(typeof sessionId === 'string' ? { sessionId } : {}),
              ...(typeof callerId === 'string' ? { callerId } : {}),
            },
            share,
          ),
        ({ id }) => id,
      );
      return { nodes, pageInfo };
    }),
};

export const accessMutation: Pick<MutationResolvers, 'createSessionToken'> = {
  createSessionToken: (_root, { input }, context) =>
    context.audited('createSessionToken', input.sessionId, async () => {
      const { caller, service, now } = context;
      const { sessionId, scopes, expiresIn } = input;
      checkSessionId(sessionId);
      if (caller.kind === 'session-token' || caller.kind === 'viewer') {
        throw new ParleyError('FORBIDDEN', 'A credential for one session cannot make another one.');
      }
      if (scopes.length === 0) throw badInput('scopes must name at least one of READ, APPEND, FEEDBACK.');
      const seconds = expiresIn ?? 3_600;
      if (seconds < 1 || seconds > MAX_TOKEN_SECONDS) {
        throw badInput(`expiresIn must be 1 to ${MAX_TOKEN_SECONDS} seconds, not ${seconds}.`);
      }
      for (const scope of scopes) requireScope(caller.policy, scope);
      const [session] = await service.loadSessions([sessionId], []);
      if (!session) throw sessionNotFound(sessionId);
      const wanted = now().getTime() + seconds * 1_000;
      const expiresAt = new Date(Math.min(wanted, caller.expiresAt?.getTime() ?? wanted));
      const createdAt = session.createdAt?.getTime() ?? null;
      return {
        token: await context.signSessionToken({ sessionId, createdAt, scopes, expiresAt }),
        expiresAt,
      };
    }),
};

export const caller: CallerResolvers = {
  scopes: ({ policy }) => SCOPES.filter((scope) => policy.scopes.has(scope)),
  sessionId: ({ policy }) => policy.reach.sessionId ?? null,
};
