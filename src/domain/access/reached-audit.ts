import { ParleyError } from '../errors.js';
import type { AuditLog } from './audit-log.js';
import type { Reach } from './policy.js';
import { allowsId, isLimited, looksAtSession } from './reach.js';
import type { Sight } from './sight.js';

/**
 * The audit as far as one reach goes: of a limited one, that of a session within it, which has to be named (FORBIDDEN). A session
 * beyond it has no entries, as one that does not exist; nor has an earlier one of its id, where more than the id decides.
 */
export function reachedAudit(
  audit: Pick<AuditLog, 'list'>,
  reach: Reach,
  sight: Pick<Sight, 'loadSessions'>,
): Pick<AuditLog, 'list'> {
  if (!isLimited(reach)) return audit;
  return {
    async list(query, caller) {
      const { sessionId } = query;
      if (sessionId === undefined) {
        const message =
          'This credential is limited to some sessions: name the sessionId whose entries it asks for.';
        throw new ParleyError('FORBIDDEN', message);
      }
      if (!allowsId(reach, sessionId)) return [];
      if (!looksAtSession(reach)) return audit.list(query, caller);
      const [session] = await sight.loadSessions([sessionId], []);
      if (!session) return [];
      const { createdAt } = session;
      const found = await audit.list(query, caller);
      return createdAt === null ? found : found.filter(({ at }) => at >= createdAt);
    },
  };
}
