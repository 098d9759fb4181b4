import type { SessionStore } from '@anthropic-ai/claude-agent-sdk';
import { ParleyError } from '../../domain/errors.js';
import { createLru } from '../../domain/lru.js';
import { openPort, type Place } from '../place.js';
import type { About, ListedSession } from '../port.js';
import { addressOf, prefixOf, type SessionKey, subpathOf } from './keys.js';
import { createSummaries, type SummaryEntry } from './summaries.js';
import { createTranscript, type Transcript, type TranscriptEntry } from './transcript.js';

export type { ErrorCode } from '../../domain/errors.js';
export { ParleyError } from '../../domain/errors.js';
export type { Place } from '../place.js';
export type { SessionKey } from './keys.js';
export type { SummaryEntry } from './summaries.js';
export type { TranscriptEntry } from './transcript.js';

/** Where; what else is given is written of the sessions that are made. */
export type SessionStoreOptions = Place &
  Pick<About, 'applicationName' | 'metadata'> & {
    /** The agent that holds the main transcript of a session; `agent` where absent. Those beside it are agents `<agentId>/<subpath>`. */
    agentId?: string;
  };

/**
 * A `SessionStore` of `@anthropic-ai/claude-agent-sdk`: give it to `query`, and to the SDK's functions for sessions. Nothing is rewritten.
 * Every method rejects with a ParleyError; what cannot be kept is BAD_USER_INPUT, with its path, before anything is written.
 */
export interface ClaudeSessionStore extends SessionStore, AsyncDisposable {
  /** In the order of the calls. An entry whose uuid the transcript has is not appended again; one without is. Up to 100 all or none. */
  append(key: SessionKey, entries: TranscriptEntry[]): Promise<void>;
  /** What was appended, deep equal; null where there is nothing. What others have written to the agent comes as entries of its own. */
  load(key: SessionKey): Promise<TranscriptEntry[] | null>;
  /** The sessions with a main transcript. `mtime`: when anything was last said or redacted in one, in ms since 1970. */
  listSessions(projectKey: string): Promise<{ sessionId: string; mtime: number }[]>;
  /** What the SDK's `foldSessionSummary` makes of each of them, as they are now. */
  listSessionSummaries(projectKey: string): Promise<SummaryEntry[]>;
  /** Without `subpath` the session for good, and all beside it. With it that transcript alone, which people still see. */
  delete(key: SessionKey): Promise<void>;
  listSubkeys(key: Omit<SessionKey, 'subpath'>): Promise<string[]>;
  /** Closes the database that was opened for it. */
  close(): Promise<void>;
}

/** Of so many transcripts it is remembered what was seen last; of others it is read again. */
const REMEMBERED = 10_000;

/** Opens the place. A session and its agents are made by their first entries. */
export async function openSessionStore(options: SessionStoreOptions): Promise<ClaudeSessionStore> {
  const port = await openPort(options);
  const { applicationName, metadata, agentId: main = 'agent' } = options;
  const about: About = {
    ...(applicationName === undefined ? {} : { applicationName }),
    ...(metadata === undefined ? {} : { metadata }),
  };
  const transcripts = createLru<string, Transcript>(REMEMBERED);
  const transcript = (key: SessionKey): Transcript => {
    const address = addressOf(key, main);
    const name = JSON.stringify([address.sessionId, address.agentId]);
    const known = transcripts.get(name) ?? createTranscript(port, address, about);
    transcripts.set(name, known);
    return known;
  };

  const listSessions = async (projectKey: string) => {
    const prefix = prefixOf(projectKey);
    const listed: { sessionId: string; mtime: number }[] = [];
    const add = ({ sessionId, updatedAt, stands }: ListedSession) => {
      if (stands)
        listed.push({ sessionId: sessionId.slice(prefix.length), mtime: updatedAt?.getTime() ?? 0 });
    };
    let page = await port.listSessions({ prefix, agentId: main });
    page.sessions.forEach(add);
    while (page.next !== null) {
      page = await port.listSessions({ prefix, agentId: main, after: page.next });
      page.sessions.forEach(add);
    }
    return listed;
  };
  const summaries = createSummaries(listSessions, (key) => transcript(key).load());

  return {
    async append(key, entries) {
      checkEntries(entries);
      if (entries.length > 0) await transcript(key).append(entries);
    },
    load: async (key) => transcript(key).load(),
    listSessions,
    listSessionSummaries: summaries,
    async delete(key) {
      if (key.subpath === undefined) await port.deleteSession(addressOf(key, main).sessionId);
      else await transcript(key).remove();
    },
    async listSubkeys({ projectKey, sessionId }) {
      const agents = await port.listAgents(addressOf({ projectKey, sessionId }, main).sessionId);
      return agents.flatMap(({ agentId, stands }) => (stands ? (subpathOf(agentId, main) ?? []) : []));
    },
    close: () => port.close(),
    [Symbol.asyncDispose]: () => port.close(),
  };
}

function checkEntries(entries: unknown): void {
  if (!Array.isArray(entries)) throw new ParleyError('BAD_USER_INPUT', 'entries must be a list.');
  const wrong = entries.findIndex((entry) => typeof entry !== 'object' || entry === null);
  if (wrong !== -1) throw new ParleyError('BAD_USER_INPUT', `entries[${wrong}] must be an object.`);
}
