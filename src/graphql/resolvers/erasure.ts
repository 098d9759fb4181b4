import { digestOf } from '../../domain/sessions/erase-sessions.js';
import type { MutationResolvers } from '../generated/types.js';
import { toSessionFilter } from '../session-filter.js';
import { writing } from './mutation.js';

export const erasureMutation: Pick<MutationResolvers, 'eraseSessions'> = {
  async eraseSessions(_root, { input }, context) {
    const { service, caller, now } = context;
    const { dryRun = false } = input;
    const filter = toSessionFilter(input.filter);
    const { sessionIds, matched, more, remains } = await writing(
      context,
      service.eraseSessions({ filter, dryRun }),
    );
    const receipt =
      dryRun || sessionIds.length === 0
        ? null
        : {
            at: now(),
            callerKind: caller.kind,
            callerId: caller.id,
            callerName: caller.name,
            sessions: sessionIds.length,
            digest: digestOf(sessionIds),
            remains,
          };
    return { dryRun, sessionIds, matched, more, receipt };
  },
};
