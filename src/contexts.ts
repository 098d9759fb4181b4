import type { Logger } from 'pino';
import type { Access } from './access.js';
import type { AuditLog } from './domain/audit-log.js';
import { auditedService, type Record } from './domain/audited-service.js';
import { createSlowReader, type FollowDeps } from './domain/follow.js';
import { guardedLive } from './domain/guarded-live.js';
import { guardedService } from './domain/guarded-service.js';
import type { Caller, Policy } from './domain/policy.js';
import type { ServerStatus } from './domain/server-status.js';
import type { SessionService } from './domain/session-service.js';
import type { RequestContext } from './graphql/context.js';
import { createLoaders } from './graphql/loaders.js';

export interface ContextOptions {
  service: SessionService;
  follow: FollowDeps;
  access: Access;
  audit: AuditLog;
  status: () => Promise<ServerStatus>;
  now: () => Date;
  log: Logger;
}

/** What one operation of this caller works with; `from` is the address that it came from. */
export type MakeContext = (caller: Caller, from: string) => RequestContext;

export function createContexts(options: ContextOptions): MakeContext {
  const { service, follow, access, audit, status, now, log } = options;
  const noReader = createSlowReader();
  /** Callers come and go; of their policies there is one for each key, and one for everyone. */
  const guards = new WeakMap<Policy, { service: SessionService; live: RequestContext['live'] }>();
  const guardOf = (policy: Policy) => {
    const known = guards.get(policy);
    if (known) return known;
    const made = { service: guardedService(service, policy), live: guardedLive(follow, policy) };
    guards.set(policy, made);
    return made;
  };

  return (caller, from) => {
    const guard = guardOf(caller.policy);
    const record: Record = (action, about, outcome) =>
      access.auditor.record({
        at: now(),
        callerKind: caller.kind,
        callerId: caller.id,
        callerName: caller.name,
        action,
        ...about,
        outcome,
        from: from || null,
      });
    const audited = auditedService(guard.service, record);
    return {
      service: audited,
      loaders: createLoaders(audited),
      cursors: follow.cursors,
      live: guard.live,
      caller,
      reader: noReader,
      handOver: null,
      status,
      audit,
      now,
      signSessionToken: async (grant) => {
        const token = await access.signSessionToken(grant, caller);
        record('createSessionToken', { sessionId: grant.sessionId, agentId: null }, 'ok');
        return token;
      },
      log,
    };
  };
}
