import type { Logger } from 'pino';
import type { Access } from './access.js';
import type { Admission } from './admission.js';
import type { AuditLog } from './domain/access/audit-log.js';
import { auditedRun, auditedService, type Record, untoldRefusals } from './domain/access/audited-service.js';
import { callerKey } from './domain/access/caller-key.js';
import { type CallersReplies, guardedReplies } from './domain/access/guarded-replies.js';
import { guardedService } from './domain/access/guarded-service.js';
import { type CallersSnapshots, guardedSnapshots } from './domain/access/guarded-snapshots.js';
import type { Hooks } from './domain/access/hook-types.js';
import type { Caller, Policy } from './domain/access/policy.js';
import { looksAtSession } from './domain/access/reach.js';
import { reachedAudit } from './domain/access/reached-audit.js';
import { createSight, type Sight } from './domain/access/sight.js';
import { after, type Later } from './domain/async/later.js';
import type { ReadBudgets, ReadLease } from './domain/fairness/read-budgets.js';
import { NO_PLACE, type Place, type Room } from './domain/fairness/room.js';
import { makerOf } from './domain/fairness/shares.js';
import { createSlowReader, type FollowDeps, type HandOver, type SlowReader } from './domain/live/follow.js';
import { guardedLive, type Live } from './domain/live/guarded-live.js';
import type { ServerStatus } from './domain/live/server-status.js';
import { keptForLast, oncePerObject } from './domain/once-per-object.js';
import { unbounded } from './domain/read-budget.js';
import type { ReplyService } from './domain/replies/reply-service.js';
import { budgetedService } from './domain/sessions/budgeted-service.js';
import type { SessionService } from './domain/sessions/session-service.js';
import type { SnapshotService } from './domain/sessions/snapshot-service.js';
import type { WebhookStore } from './domain/webhook-store.js';
import type { MakeContext, RequestContext, SessionGrant } from './graphql/context.js';
import { parleyErrorIn } from './graphql/errors.js';
import { createLoaders, type Loaders } from './graphql/loading/loaders.js';
import { OBJECT_LIMITS, READ_LIMITS } from './server-limits.js';

export interface ContextOptions {
  /** Without hooks: these stand outside what decides who may see what. */
  service: SessionService;
  replies: ReplyService;
  snapshots: SnapshotService;
  hooks: Hooks | null;
  follow: FollowDeps;
  reads: ReadBudgets;
  /** For what operations ask for. */
  objects: Room;
  access: Access;
  admit: Admission['admit'];
  audit: AuditLog;
  webhooks: WebhookStore;
  status: () => Promise<ServerStatus>;
  now: () => Date;
  log: Logger;
}

export function createContexts(options: ContextOptions): MakeContext {
  const { service, replies, snapshots, hooks, follow, reads, objects, access, admit } = options;
  const { audit, webhooks, status, now, log } = options;
  const noReader = createSlowReader();
  /** Callers come and go; of their policies there is one for each key, and one for everyone. */
  const liveOf = oncePerObject((policy: Policy) => guardedLive(follow, policy, hooks));
  const repliesFor = (caller: Caller, from: string, sight: Sight) =>
    guardedReplies({
      replies,
      sight,
      policy: caller.policy,
      caller: makerOf(callerKey(caller, from)),
      record: (action, about, outcome) => access.record(caller, from, { action, ...about, outcome }),
    });
  /** Each part of a reply asks for them: kept with the caller, for the address that it came from last. */
  const repliesOf = oncePerObject((caller: Caller) =>
    keptForLast((from: string) =>
      repliesFor(caller, from, createSight(caller.policy.reach, service, unbounded)),
    ),
  );

  /** A class, unlike its neighbours: thousands of subscriptions keep one each, and share the code of its accessors. */
  class Context implements RequestContext {
    readonly cursors = follow.cursors;
    readonly status = status;
    readonly webhooks = webhooks;
    readonly now = now;
    readonly log = log;
    readonly live: Live;
    private opened: SessionService | null = null;
    private seen: Sight | null = null;
    private openedSnapshots: CallersSnapshots | null = null;
    private openedReplies: CallersReplies | null = null;
    private joined: Loaders | null = null;
    private carriedOut = 0;
    /** One for all copies: Apollo Server copies a context before it uses it. */
    private readonly reading: { lease: ReadLease | null; place: Place } = { lease: null, place: NO_PLACE };

    constructor(
      readonly caller: Caller,
      readonly from: string,
      readonly reader: SlowReader,
      readonly handOver: HandOver | null,
      readonly goOn: string | null,
      readonly share: string,
      private readonly stillGood: (() => Later<void>) | undefined,
    ) {
      this.live = liveOf(caller.policy);
    }

    get service(): SessionService {
      if (this.opened) return this.opened;
      const budgeted = budgetedService(service, this.lease);
      this.opened = auditedService(
        guardedService(budgeted, this.caller.policy, hooks, this.sight),
        (...line) => this.record(...line),
      );
      return this.opened;
    }

    get replies(): CallersReplies {
      if (!looksAtSession(this.caller.policy.reach)) return repliesOf(this.caller)(this.from);
      this.openedReplies ??= repliesFor(this.caller, this.from, this.sight);
      return this.openedReplies;
    }

    get snapshots(): CallersSnapshots {
      this.openedSnapshots ??= guardedSnapshots({
        snapshots,
        sight: this.sight,
        policy: this.caller.policy,
        budget: this.lease,
        record: (...line) => this.record(...line),
      });
      return this.openedSnapshots;
    }

    get audit(): Pick<AuditLog, 'list'> {
      return reachedAudit(audit, this.caller.policy.reach, this.sight);
    }

    private get sight(): Sight {
      this.seen ??= createSight(this.caller.policy.reach, service, this.lease);
      return this.seen;
    }

    private get lease(): ReadLease {
      this.reading.lease ??= reads.open(this.share);
      return this.reading.lease;
    }

    carryOut(): Later<void> {
      if (this.carriedOut++ > 0) return after(this.stillGood?.(), () => admit(this.caller, this.from));
    }

    hold(bytes: number): Promise<void> {
      return this.lease.take(bytes);
    }

    begin(asked: number): Later<void> {
      const { few, many } = OBJECT_LIMITS;
      // Whoever has the turn waits for nothing that others hold while they wait for it.
      if (asked <= few || this.reading.lease?.hasTurn) return;
      if (asked > many) return this.hold(READ_LIMITS.small + 1);
      this.reading.place = objects(this.share, asked);
      return this.reading.place.ready ?? undefined;
    }

    end(): void {
      this.reading.lease?.end();
      this.reading.place.end();
    }

    get loaders(): Loaders {
      this.joined ??= createLoaders(this);
      return this.joined;
    }

    audited<T>(action: string, sessionId: string | null, run: () => T | PromiseLike<T>): Promise<T> {
      return auditedRun((...line) => this.record(...line), { action, sessionId }, run);
    }

    refused(errors: readonly unknown[]): void {
      const nothing = { sessionId: null, agentId: null };
      for (const code of untoldRefusals(errors.map(parleyErrorIn))) this.record('operation', nothing, code);
    }

    async signSessionToken(grant: SessionGrant): Promise<string> {
      const token = await access.signSessionToken(grant, this.caller, this.from);
      this.record('createSessionToken', { sessionId: grant.sessionId, agentId: null }, 'ok');
      return token;
    }

    private record(...[action, about, outcome]: Parameters<Record>): void {
      access.record(this.caller, this.from, { action, ...about, outcome });
    }
  }

  return (caller, from, place = {}) => {
    const { reader = noReader, handOver = null, goOn = null, share = callerKey(caller, from) } = place;
    return new Context(caller, from, reader, handOver, goOn, share, place.stillGood);
  };
}
