import { describe, expect, it } from 'vitest';
import { createSight } from '../../../src/domain/access/sight.js';
import type { ReadBudget } from '../../../src/domain/read-budget.js';
import type { Session } from '../../../src/domain/sessions/model.js';
import type { SessionReads } from '../../../src/domain/sessions/session-service.js';
import type { SessionPart } from '../../../src/domain/sessions/session-store.js';

const ROW = 400;
const FEEDBACK = 5_000;

interface Stored {
  user: string;
  /** Of its metadata. */
  bytes: number;
}

/** Sessions of which each part has a size. */
function readsOf(stored: Record<string, Stored>) {
  const sessionOf = (sessionId: string): Session =>
    ({
      sessionId,
      createdAt: new Date(0),
      metadata: { user: stored[sessionId]?.user },
    }) as unknown as Session;
  return {
    async loadSessions(
      ids: readonly string[],
      parts: readonly SessionPart[] | undefined,
      budget: ReadBudget,
    ) {
      const has = (part: SessionPart) => parts === undefined || parts.includes(part);
      const there = [...new Set(ids)].filter((id) => id in stored);
      const bytes = there.reduce(
        (sum, id) =>
          sum + ROW + (has('metadata') ? (stored[id]?.bytes ?? 0) : 0) + (has('feedback') ? FEEDBACK : 0),
        0,
      );
      if (bytes > 0 && !budget.takeNow(bytes)) await budget.take(bytes);
      return ids.map((id) => (id in stored ? sessionOf(id) : null));
    },
    async findSessions({ within }: { within: { sessionIds: string[] } }) {
      const own = within.sessionIds.filter((id) => stored[id]?.user === 'alice');
      return { sessions: own.map(sessionOf), hasMore: false };
    },
  } as unknown as Pick<SessionReads, 'loadSessions' | 'findSessions'>;
}

/** What is shown of these ids, and what an operation has taken for it. */
async function look(stored: Record<string, Stored>, ids: readonly string[], parts?: readonly SessionPart[]) {
  let taken = 0;
  const takeNow = (bytes: number) => {
    taken += bytes;
    return true;
  };
  const budget = { takeNow, take: async (bytes: number) => void takeNow(bytes) };
  const sight = createSight({ metadata: { user: 'alice' } }, readsOf(stored), budget);
  const shown = await sight.loadSessions(ids, parts);
  return { shown: shown.map((session) => session?.sessionId ?? null), taken };
}

const SIZES = [1_000, 100_000, 300_000, 5_000_000];
const PARTS: [string, readonly SessionPart[] | undefined][] = [
  ['nothing', []],
  ['the count', ['messageCount']],
  ['the metadata', ['metadata']],
  ['the feedback', ['feedback']],
  ['everything', undefined],
];

describe.each(PARTS)('who is limited by metadata and asks for %s', (_name, parts) => {
  it.each(SIZES)(
    'takes as much beside a session beyond reach as beside none, with %i bytes of its own',
    async (bytes) => {
      const stored = { own: { user: 'alice', bytes } };
      const ids = ['own', 'other'];
      const alone = await look(stored, ids, parts);
      expect(alone.shown).toEqual(['own', null]);
      expect(alone.taken).toBeGreaterThanOrEqual(ROW);
      for (const size of SIZES) {
        expect(await look({ ...stored, other: { user: 'bob', bytes: size } }, ids, parts)).toEqual(alone);
        expect(await look({ other: { user: 'bob', bytes: size } }, ids, parts)).toEqual({
          shown: [null, null],
          taken: 0,
        });
      }
    },
  );
});
