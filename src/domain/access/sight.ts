import type { SessionReads } from '../sessions/session-service.js';
import type { Reach } from './policy.js';
import { allowsId, looksAtSession, reaches, withReachParts } from './reach.js';

/**
 * Which sessions are within a reach, for one operation: each is looked at once, whoever asks, until something is written. Who is limited by metadata
 * has it loaded for that, however large it is: a field that is asked for under hundreds of names must not load it as often.
 */
export interface Sight {
  /** The sessions as they are loaded, and null in the place of those that are not within reach. */
  loadSessions: SessionReads['loadSessions'];
  /** Of these ids the ones that are within reach. */
  visible(ids: readonly string[]): Promise<Set<string>>;
  sees(sessionId: string): Promise<boolean>;
  /** As it is now: a write is judged by what is there as it begins. */
  seesNow(sessionId: string): Promise<boolean>;
  /** Something was written, or may have been. */
  forget(): void;
}

/** `load` draws on what the operation may read. */
export function createSight(reach: Reach, load: SessionReads['loadSessions']): Sight {
  const judged = new Map<string, boolean | Promise<unknown>>();

  async function loadSessions(...[ids, parts]: Parameters<Sight['loadSessions']>) {
    const sessions = await load(ids, parts && withReachParts(reach, parts));
    return sessions.map((session, index) => {
      const shown = session && reaches(reach, session) ? session : null;
      judged.set(ids[index] as string, shown !== null);
      return shown;
    });
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
