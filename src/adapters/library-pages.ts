import { lookUpStanding, type Standing } from '../domain/sessions/load-standing.js';
import type { SessionReads } from '../domain/sessions/session-service.js';
import type { MessageWindow } from '../domain/sessions/session-store.js';
import { standingPage } from '../domain/sessions/superseding.js';
import type { AgentAddress, Entry, EntryPage, Mark, ReadQuery } from './port.js';

/** What stands of an agent, as long as it has so many messages: what takes others away is a message, too. */
type Known = AgentAddress & Standing;

const NOTHING: EntryPage = { entries: [], count: 0, model: null, previous: null, next: null };

/**
 * Reads pages of what stands. Where that lies is looked up with the first of them, and again only where there are more messages by then: a
 * conversation of many pages, of which much was taken away, is gone through once.
 */
export function createPageReader(
  reads: Pick<SessionReads, 'loadAgents' | 'loadSuperseding'>,
): (agent: AgentAddress, query: ReadQuery) => Promise<EntryPage> {
  let last: Known | null = null;

  /** `isCurrent`: whether the agent has as many messages as before. */
  async function readPage(
    { sessionId, agentId, messageCount, standing }: Known,
    query: ReadQuery,
  ): Promise<{ page: EntryPage; isCurrent: boolean }> {
    const { runs, hasPrevious, hasNext } = standingPage(standing, messageCount, windowOf(query));
    const [[found] = []] = await reads.loadAgents([
      { sessionId, among: [agentId], windows: [{ runs }], parts: [], messageParts: ['content', 'metadata'] },
    ]);
    if (!found) return { page: NOTHING, isCurrent: true };
    const entries = found.pages[0]?.messages ?? [];
    const page = {
      entries,
      count: messageCount,
      model: found.agent.model,
      previous: hasPrevious ? markAt(entries[0]) : null,
      next: hasNext ? markAt(entries.at(-1)) : null,
    };
    return { page, isCurrent: found.agent.messageCount === messageCount };
  }

  return async (agent, query) => {
    if (last && isSame(last, agent) && isFollowing(query)) {
      const { page, isCurrent } = await readPage(last, query);
      if (isCurrent) return page;
    }
    last = null;
    const { sessionId, agentId } = agent;
    const found = await lookUpStanding(reads, agent);
    if (!found) return NOTHING;
    const known = { sessionId, agentId, ...found };
    const { page } = await readPage(known, query);
    // What is one page needs no second look.
    if (page.next ?? page.previous) last = known;
    return page;
  };
}

const isSame = (one: AgentAddress, other: AgentAddress) =>
  one.sessionId === other.sessionId && one.agentId === other.agentId;

const isFollowing = (query: ReadQuery) => ('first' in query ? query.after : query.before) !== undefined;

/** An empty page has none, whatever lies beside it. */
const markAt = (entry: Entry | undefined): Mark | null => (entry ? String(entry.position) : null);

const windowOf = (query: ReadQuery): MessageWindow =>
  'first' in query
    ? { first: query.first, ...(query.after === undefined ? {} : { after: Number(query.after) }) }
    : { last: query.last, ...(query.before === undefined ? {} : { before: Number(query.before) }) };
