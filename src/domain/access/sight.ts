import { ParleyError } from '../errors.js';
import { type ReadBudget, ROW_BYTES, unbounded } from '../read-budget.js';
import type { Session } from '../sessions/model.js';
import { OLDEST_FIRST } from '../sessions/oldest-first.js';
import type { SessionReads } from '../sessions/session-service.js';
import type { SessionPart } from '../sessions/session-store.js';
import type { Reach } from './policy.js';
import { allowsId, filterOfReach, looksAtSession, reaches, withReachParts } from './reach.js';

/**
 * Which sessions are within a reach, for one operation: each is looked at once, whoever asks, until something is written. Who is limited by metadata
 * has it loaded for that, however large it is: a field that is asked for under hundreds of names must not load it as often.
 */
export interface Sight {
  /** The sessions as they are loaded, and null in the place of those that are not within reach. */
  loadSessions(ids: readonly string[], parts?: readonly SessionPart[]): Promise<(Session | null)[]>;
  /** Of these ids the ones that are within reach. */
  visible(ids: readonly string[]): Promise<Set<string>>;
  sees(sessionId: string): Promise<boolean>;
  /** As it is now: a write is judged by what is there as it begins. */
  seesNow(sessionId: string): Promise<boolean>;
  /** Something was written, or may have been. */
  forget(): void;
}

/**
 * What sessions may take that are looked at before anybody knows whether they are within reach. Nobody counts it, and so nothing of it is held
 * while anything is waited for. Of larger ones the database finds out.
 */
const LOOKED_AT_BYTES = 256 * 1024;
/** Ids that one filter may name. */
const IDS_AT_ONCE = 200;

/** More than is looked at. A store hands on errors of this kind. */
class TooLarge extends ParleyError {
  constructor() {
    super('QUERY_TOO_COMPLEX', `The metadata takes more than ${LOOKED_AT_BYTES} bytes.`);
  }
}

/** `budget`: what the operation may read. */
export function createSight(
  reach: Reach,
  reads: Pick<SessionReads, 'loadSessions' | 'findSessions'>,
  budget: ReadBudget,
): Sight {
  const judged = new Map<string, boolean | Promise<unknown>>();

  async function loadSessions(...[ids, parts]: Parameters<Sight['loadSessions']>) {
    const sessions = await (reach.metadata === undefined
      ? within(await reads.loadSessions(ids, parts, budget))
      : lookedAt(ids, parts));
    for (const [index, session] of sessions.entries()) judged.set(ids[index] as string, session !== null);
    return sessions;
  }

  const within = (sessions: readonly (Session | null)[]) =>
    sessions.map((session) => (session && reaches(reach, session) ? session : null));

  /**
   * By its metadata a session is judged once that is there. What it takes of one beyond the reach must not count: an operation that has
   * next to nothing left to read would tell whether there is one, and how large its metadata is. So what counts is what is asked for of the
   * others alone, whatever was looked at.
   */
  async function lookedAt(...[ids, parts]: Parameters<Sight['loadSessions']>): Promise<(Session | null)[]> {
    const looking = lookingBudget(budget.caller);
    let known: ReadonlySet<string>;
    try {
      const found = await reads.loadSessions(ids, lookedPartsOf(parts), looking);
      const shown = within(found);
      known = new Set(shown.flatMap((session) => session?.sessionId ?? []));
      const isAsked = isLight(parts) || (showsMetadata(parts) && shown.every((one, at) => one === found[at]));
      const bytes = isLight(parts) ? known.size * ROW_BYTES : looking.taken();
      if (isAsked && budget.takeNow(bytes)) return shown;
    } catch (error) {
      if (!(error instanceof TooLarge)) throw error;
      known = await own(ids);
    }
    return loadOwn(ids, parts, known);
  }

  /** What is looked at is what is asked for, where that is all small beside the metadata. */
  const lookedPartsOf = (parts: readonly SessionPart[] | undefined) =>
    showsMetadata(parts) ? parts : withReachParts(reach, isLight(parts) ? (parts ?? []) : []);

  /** Of these ids the ones that the database finds within reach, where nothing of the others is loaded. */
  async function own(ids: readonly string[]): Promise<Set<string>> {
    const allowed = [...new Set(ids)].filter((id) => allowsId(reach, id));
    const found = new Set<string>();
    for (let start = 0; start < allowed.length; start += IDS_AT_ONCE) {
      const sessionIds = allowed.slice(start, start + IDS_AT_ONCE);
      const query = {
        filter: {},
        within: { ...filterOfReach(reach), sessionIds },
        limit: sessionIds.length,
        parts: [],
        ...OLDEST_FIRST,
      };
      const page = await reads.findSessions(query, { ...unbounded, caller: budget.caller });
      for (const { sessionId } of page.sessions) found.add(sessionId);
    }
    return found;
  }

  /** They are judged: nothing is loaded but what is asked for. */
  async function loadOwn(
    ids: readonly string[],
    parts: readonly SessionPart[] | undefined,
    known: ReadonlySet<string>,
  ): Promise<(Session | null)[]> {
    const asked = ids.filter((id) => known.has(id));
    const light = isLight(parts);
    if (light && !budget.takeNow(known.size * ROW_BYTES)) await budget.take(known.size * ROW_BYTES);
    const loaded = await reads.loadSessions(asked, parts, light ? unbounded : budget);
    // Where its metadata is there, what has become of it meanwhile counts.
    const shown = showsMetadata(parts) ? within(loaded) : loaded;
    const sessions = new Map(asked.map((id, index) => [id, shown[index] ?? null]));
    return ids.map((id) => sessions.get(id) ?? null);
  }

  /** Null: all are known. Those that are looked at already are waited for. */
  function look(ids: readonly string[]): Promise<unknown> | null {
    const unknown = ids.filter((id) => !judged.has(id));
    const looking = ids.flatMap((id) => {
      const known = judged.get(id);
      return typeof known === 'object' ? [known] : [];
    });
    if (unknown.length > 0) {
      const loaded = loadSessions(unknown, []);
      for (const id of unknown) judged.set(id, loaded);
      looking.push(loaded);
    }
    return looking.length === 0 ? null : Promise.all(looking);
  }

  async function visible(ids: readonly string[]): Promise<Set<string>> {
    const allowed = [...new Set(ids)].filter((id) => allowsId(reach, id));
    if (!looksAtSession(reach)) return new Set(allowed);
    const looking = look(allowed);
    if (looking) await looking;
    return new Set(allowed.filter((id) => judged.get(id) === true));
  }

  const sees = async (sessionId: string) => (await visible([sessionId])).has(sessionId);

  return {
    loadSessions,
    visible,
    sees,
    seesNow(sessionId) {
      judged.clear();
      return sees(sessionId);
    },
    forget: () => judged.clear(),
  };
}

const showsMetadata = (parts: readonly SessionPart[] | undefined): boolean =>
  parts === undefined || parts.includes('metadata');

/** Whether nothing is asked for that may be large. */
const isLight = (parts: readonly SessionPart[] | undefined): boolean =>
  parts?.every((part) => part === 'messageCount') ?? false;

/** Counts what it lets through, and lets no more through than may come along. */
function lookingBudget(caller: string | undefined): ReadBudget & { taken(): number } {
  let taken = 0;
  const takeNow = (bytes: number) => {
    taken += bytes;
    if (taken > LOOKED_AT_BYTES) throw new TooLarge();
    return true;
  };
  return { caller, takeNow, take: async (bytes) => void takeNow(bytes), taken: () => taken };
}
