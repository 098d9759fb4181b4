import { digestOf } from '../../domain/erase-sessions.js';
import type { MutationResolvers } from '../generated/types.js';
import { clearLoaders } from '../loaders.js';
import { toSessionFilter } from '../session-filter.js';

export const erasureMutation: Pick<MutationResolvers, 'eraseSessions'> = {
  async eraseSessions(_root, { input }, { service, loaders, caller, now }) {
    const { dryRun = false } = input;
    try {
      const filter = toSessionFilter(input.filter);
      const { sessionIds, matched, more, remains } = await service.eraseSessions({ filter, dryRun });
      const receipt = {
        at: now(),
        callerKind: caller.kind,
        callerId: caller.id,
        callerName: caller.name,
        sessions: sessionIds.length,
        digest: digestOf(sessionIds),
        remains,
      };
      return {
        dryRun,
        sessionIds,
        matched,
        more,
        receipt: dryRun || sessionIds.length === 0 ? null : receipt,
      };
    } finally {
      clearLoaders(loaders);
    }
  },
};
