import type { Logger } from 'pino';
import type { AuditEntry } from '../domain/access/audit-log.js';
import type { Pause } from '../domain/async/pause.js';
import { ParleyError } from '../domain/errors.js';
import type { Leases } from '../domain/leases.js';
import type { SessionKey, SessionStore } from '../domain/sessions/session-store.js';
import { expiredFilter, type RetentionRule } from './retention-rules.js';

/** What looking needs. */
export interface Looking {
  store: Pick<SessionStore, 'findSessions' | 'expireSession'>;
  rules: readonly RetentionRule[];
  now: () => Date;
  pause: Pause;
}

export interface Removing extends Looking {
  leases: Leases;
  /** This process among those that do the same work. */
  holder: string;
  record(entry: Omit<AuditEntry, 'count'>): void;
}

export interface Expired {
  sessionId: string;
  updatedAt: Date;
  rule: RetentionRule;
}

/** `sessions`: how many have gone by it, or would. `failure`: why it could not be applied to the end, or to the first that it left. */
export interface RuleOutcome {
  rule: RetentionRule;
  sessions: number;
  failure: Error | null;
}

const LEASE = 'retention';
/** A process that dies is replaced after it; it is prolonged long before. */
const LEASE_MS = 120_000;
const PROLONG_AFTER_MS = 30_000;
/** Sessions that are looked for at once, and the rest between two batches. */
export const BATCH = 100;
const REST_MS = 200;
const EVERY_MS = 600_000;

/**
 * Removes once what the rules do not keep, rule by rule, the oldest first, as long as this process holds the lease, which it keeps.
 * Null where another process has it. STORE_UNAVAILABLE.
 */
export async function applyRetention(
  options: Removing,
  { signal, told = () => {} }: { signal: AbortSignal; told?: (expired: Expired) => void },
): Promise<RuleOutcome[] | null> {
  const { leases, holder, record, now } = options;
  const lease = { name: LEASE, holder, ms: LEASE_MS };
  // Ages are counted by the clock of the database: a process whose own is ahead would remove what is young.
  const at = await leases.take(lease);
  if (!at) return null;
  let takenAt = now().getTime();
  let lost = false;
  async function mayGoOn(): Promise<boolean> {
    if (lost || signal.aborted) return false;
    if (now().getTime() - takenAt < PROLONG_AFTER_MS) return true;
    takenAt = now().getTime();
    lost = (await leases.take(lease)) === null;
    return !lost;
  }
  return eachRule(options, { signal, at, dryRun: false, mayGoOn }, (expired) => {
    record(entryOf(expired, now()));
    told(expired);
  });
}

/** What would be removed now. Takes no lease, and changes nothing. */
export function previewRetention(
  options: Looking,
  { signal, told }: { signal: AbortSignal; told: (expired: Expired) => void },
): Promise<RuleOutcome[]> {
  const mayGoOn = async () => !signal.aborted;
  return eachRule(options, { signal, at: options.now(), dryRun: true, mayGoOn }, told);
}

/** Lets other processes have the work at once. */
export const releaseRetention = ({ leases, holder }: Pick<Removing, 'leases' | 'holder'>): Promise<void> =>
  leases.release({ name: LEASE, holder });

/** Applies the rules from now on, every ten minutes, in whichever process of the database is first. */
export function startRetention(options: Removing & { log: Logger }): { stop(): Promise<void> } {
  const { pause, log } = options;
  const stopping = new AbortController();
  const { signal } = stopping;

  async function once(): Promise<void> {
    for (const { rule, sessions, failure } of (await applyRetention(options, { signal })) ?? []) {
      if (sessions > 0) log.info({ rule: rule.name, sessions }, 'sessions were removed by their age');
      if (failure) log.warn({ err: failure, rule: rule.name }, 'a retention rule could not be applied');
    }
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      await once().catch((error: unknown) =>
        log.warn({ err: error }, 'the retention rules could not be applied; it is tried again'),
      );
      await pause(EVERY_MS, signal);
    }
    // Where the database is away, it ends by itself.
    await releaseRetention(options).catch(() => {});
  }

  const running = run();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

interface Pass {
  signal: AbortSignal;
  /** The time that ages are counted to. */
  at: Date;
  dryRun: boolean;
  mayGoOn(): Promise<boolean>;
}

async function eachRule(
  options: Looking,
  pass: Pass,
  told: (expired: Expired) => void,
): Promise<RuleOutcome[]> {
  const outcomes: RuleOutcome[] = [];
  for (const [index, rule] of options.rules.entries()) {
    if (rule.keepMs === null) continue;
    const outcome: RuleOutcome = { rule, sessions: 0, failure: null };
    outcomes.push(outcome);
    try {
      await eachExpired(
        options,
        pass,
        index,
        (expired) => {
          outcome.sessions += 1;
          told(expired);
        },
        (error) => {
          outcome.failure ??= error as Error;
        },
      );
    } catch (error) {
      // A rule that lacks an index does not keep the others from their work.
      if (isAway(error)) throw error;
      outcome.failure = error as Error;
    }
  }
  return outcomes;
}

async function eachExpired(
  { store, rules, now, pause }: Looking,
  { signal, at, dryRun, mayGoOn }: Pass,
  index: number,
  told: (expired: Expired) => void,
  left: (error: unknown) => void,
): Promise<void> {
  const rule = rules[index] as RetentionRule;
  const unchangedSince = new Date(at.getTime() - (rule.keepMs ?? 0));
  const filter = expiredFilter(rules, index, unchangedSince);
  let after: SessionKey | null = null;
  while (await mayGoOn()) {
    const page = await store.findSessions({
      filter,
      orderBy: { field: 'updatedAt', direction: 'asc' },
      limit: BATCH,
      backward: false,
      after,
      before: null,
      parts: [],
    });
    for (const { sessionId, updatedAt } of page.sessions) {
      if (!(await mayGoOn())) return;
      after = { value: updatedAt?.getTime() ?? null, sessionId };
      // It asks once more: who has come back to the conversation meanwhile keeps it.
      try {
        const gone = await store.expireSession({ sessionId, filter, unchangedSince, dryRun, now: now() });
        if (gone && updatedAt) told({ sessionId, updatedAt, rule });
      } catch (error) {
        // Nor does a session that cannot be removed keep the later ones from it: it is tried again the next time.
        if (isAway(error)) throw error;
        left(error);
      }
    }
    if (!page.hasMore) return;
    await pause(REST_MS, signal);
  }
}

const isAway = (error: unknown) => error instanceof ParleyError && error.code === 'STORE_UNAVAILABLE';

const entryOf = ({ sessionId, rule }: Expired, at: Date): Omit<AuditEntry, 'count'> => ({
  at,
  callerKind: 'system',
  callerId: 'retention',
  callerName: rule.name,
  action: 'expireSession',
  sessionId,
  agentId: null,
  outcome: 'ok',
  from: null,
});
