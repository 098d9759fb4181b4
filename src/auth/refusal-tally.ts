import { randomUUID } from 'node:crypto';
import type { AuditEntry, NewAuditEntry } from '../domain/access/audit-log.js';
import { callerKey } from '../domain/access/caller-key.js';
import { makerOf } from '../domain/fairness/shares.js';

const WINDOW_MS = 60_000;
/** Entries of one caller in a minute that name what they were about, and of one maker's session tokens which it was; what comes beyond is counted by action and outcome. */
const NAMED_OF_CALLER = 20;
/** Entries of single callers in a minute; what others are refused beyond is counted for all of them together. */
const ENTRIES = 1_000;
const MANY_CALLERS = {
  callerKind: 'anonymous',
  callerId: '',
  callerName: 'other callers',
  from: null,
} as const;
const NOTHING = { sessionId: null, agentId: null } as const;

type Refusal = Omit<AuditEntry, 'count'>;

/** Gives the entry that stands for a refusal, its count risen: one object for all that is the same within a minute. `caller`: as of `Auditor.record`. */
export type RefusalTally = (refusal: Refusal, caller?: string) => NewAuditEntry;

/** A caller may be refused as often as it likes, and there may be any number of them: what is kept of it is bounded. */
export function createRefusalTally(
  elapsed: () => number,
  { namedOfCaller = NAMED_OF_CALLER, entries = ENTRIES }: { namedOfCaller?: number; entries?: number } = {},
): RefusalTally {
  const marks = randomUUID();
  const counted = new Map<string, NewAuditEntry>();
  const namedOf = new Map<string, number>();
  let made = 0;
  let until = elapsed() + WINDOW_MS;

  const found = (key: readonly (string | null)[]) => counted.get(JSON.stringify(key));
  function make(key: readonly (string | null)[], entry: Refusal): NewAuditEntry {
    const fresh = { ...entry, count: 0, mark: `${marks}/${made++}` };
    counted.set(JSON.stringify(key), fresh);
    return fresh;
  }

  function entryOf(refusal: Refusal, caller: string): NewAuditEntry {
    const { action, outcome, sessionId, agentId } = refusal;
    const maker = makerOf(caller);
    const named = [caller, action, outcome, sessionId, agentId];
    const plain = [maker, action, outcome];
    const known = found(named);
    if (known) return known;
    const names = namedOf.get(maker) ?? 0;
    if (names < namedOfCaller && counted.size < entries) {
      namedOf.set(maker, names + 1);
      return make(named, refusal);
    }
    const some = found(plain);
    if (some) return some;
    if (counted.size < entries)
      return make(plain, { ...refusal, ...NOTHING, ...(caller === maker ? {} : tokensOf(maker)) });
    const everyone = [null, action, outcome];
    return found(everyone) ?? make(everyone, { ...refusal, ...NOTHING, ...MANY_CALLERS });
  }

  return (
    refusal,
    caller = callerKey({ kind: refusal.callerKind, id: refusal.callerId }, refusal.from ?? ''),
  ) => {
    if (elapsed() >= until) {
      counted.clear();
      namedOf.clear();
      until = elapsed() + WINDOW_MS;
    }
    const entry = entryOf(refusal, caller);
    entry.count += 1;
    return entry;
  };
}

/** Any number of them can be made. */
const tokensOf = (maker: string) => ({
  callerKind: 'session-token' as const,
  callerId: '',
  callerName: `session tokens of ${maker}`,
  from: null,
});
