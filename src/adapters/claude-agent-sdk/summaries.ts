import { createLru } from '../../domain/lru.js';
import type { SessionKey } from './keys.js';
import type { TranscriptEntry } from './transcript.js';

/** Of the SDK, whose `data` nobody else reads. */
export interface SummaryEntry {
  sessionId: string;
  mtime: number;
  data: Record<string, unknown>;
}

/** So many are kept, some hundred bytes each. */
const KEPT = 10_000;
/** Transcripts that are read at a time. */
const AT_ONCE = 8;
/** A session that changed no longer ago may change again within the same millisecond, which its time would not tell. */
const SETTLED_MS = 1_000;

/**
 * The summaries of a project's sessions. They are made from the transcripts, and kept in memory until a session changes: one that was stored
 * would hold the words of a message that is redacted later.
 */
export function createSummaries(
  listSessions: (projectKey: string) => Promise<{ sessionId: string; mtime: number }[]>,
  load: (key: SessionKey) => Promise<TranscriptEntry[] | null>,
): (projectKey: string) => Promise<SummaryEntry[]> {
  const kept = createLru<string, SummaryEntry>(KEPT);

  return async (projectKey) => {
    const { foldSessionSummary } = await import('@anthropic-ai/claude-agent-sdk');
    const listed = await listSessions(projectKey);
    const made: (SummaryEntry | null)[] = listed.map(() => null);
    const summaryOf = async ({ sessionId, mtime }: { sessionId: string; mtime: number }) => {
      const key = { projectKey, sessionId };
      const name = JSON.stringify([projectKey, sessionId]);
      const known = kept.get(name);
      if (known?.mtime === mtime) return known;
      const entries = await load(key);
      if (!entries) return null;
      const summary = foldSessionSummary(undefined, key, entries, { mtime });
      if (Date.now() - mtime > SETTLED_MS) kept.set(name, summary);
      return summary;
    };
    let next = 0;
    const work = async () => {
      for (let index = next++; index < listed.length; index = next++)
        made[index] = await summaryOf(listed[index] as { sessionId: string; mtime: number });
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return made.filter((summary) => summary !== null);
  };
}
