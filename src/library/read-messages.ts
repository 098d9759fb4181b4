import { isToolResult } from '../domain/sessions/block-kinds.js';
import { lookUpStanding } from '../domain/sessions/load-standing.js';
import type { Agent, Message } from '../domain/sessions/model.js';
import type { SessionReads } from '../domain/sessions/session-service.js';
import type { AgentAddress, AgentWithPages, MessageWindow } from '../domain/sessions/session-store.js';
import { pagesOf, standingPage } from '../domain/sessions/superseding.js';

/** Messages that one command reads at most. */
const PAGE = 200;

type Wanted = { offset: number; limit: number | null } | { last: number };
interface Found {
  agent: Agent;
  messages: Message[];
}

/** From `offset`, at most `limit` (null: all); or the last ones. `standing`: of what stands alone. Null where there is no such agent. */
export async function readMessages(
  reads: SessionReads,
  address: AgentAddress,
  wanted: Wanted,
  standing = false,
): Promise<Found | null> {
  if (standing) return readStanding(reads, address, wanted);
  const first = await readPage(reads, address, null);
  if (!first) return null;
  const count = first.agent.messageCount;
  const start = 'last' in wanted ? Math.max(count - wanted.last, 0) : wanted.offset;
  const most = 'last' in wanted ? wanted.last : (wanted.limit ?? Number.POSITIVE_INFINITY);
  const messages: Message[] = [];
  for (let more = most > 0; more; ) {
    const after = start + messages.length - 1;
    const page = await readPage(reads, address, { after, first: Math.min(PAGE, most - messages.length) });
    const found = page?.pages[0];
    messages.push(...(found?.messages ?? []));
    more = found?.hasNext === true && found.messages.length > 0 && messages.length < most;
  }
  return { agent: first.agent, messages };
}

/** Where it stands is looked up once, for all pages: the agent is as it was then. */
async function readStanding(
  reads: SessionReads,
  address: AgentAddress,
  wanted: Wanted,
): Promise<Found | null> {
  const found = await lookUpStanding(reads, address);
  const first = await readPage(reads, address, null);
  if (!found || !first) return null;
  const { messageCount, standing } = found;
  const [offset, limit] =
    'last' in wanted ? [0, wanted.last] : [wanted.offset, wanted.limit ?? Number.POSITIVE_INFINITY];
  const window = 'last' in wanted ? { last: limit } : { first: offset + limit };
  const { runs } = standingPage(standing, messageCount, window);
  const messages: Message[] = [];
  for (const page of pagesOf(runs, offset, PAGE)) {
    const part = await readPage(reads, address, { runs: page });
    messages.push(...(part?.pages[0]?.messages ?? []));
  }
  return { agent: { ...first.agent, messageCount }, messages };
}

/**
 * The last messages, and those before them back to where their turn begins: models refuse a tool result whose call is
 * missing, and a conversation that does not begin with its user. Null where there is no such agent.
 */
export async function readLastTurns(
  reads: SessionReads,
  address: AgentAddress,
  last: number,
  standing = false,
): Promise<{ agent: Agent; messages: Message[] } | null> {
  const found = await readMessages(reads, address, { last }, standing);
  if (!found) return null;
  let messages = found.messages;
  for (let first = messages[0]; first && !beginsTurn(first) && first.position > 0; first = messages[0]) {
    const window = { last: PAGE / 10, before: first.position, ...(standing ? { standing } : {}) };
    const earlier = (await readPage(reads, address, window))?.pages[0]?.messages ?? [];
    if (earlier.length === 0) break;
    messages = [...earlier.slice(Math.max(earlier.findLastIndex(beginsTurn), 0)), ...messages];
  }
  return { agent: found.agent, messages };
}

const beginsTurn = ({ role, content }: Message) => role === 'user' && !content.some(isToolResult);

/** Null where there is none. */
export async function lastAssistantMessage(
  reads: SessionReads,
  address: AgentAddress,
): Promise<Message | null> {
  for (let before: number | undefined; ; ) {
    const window = { last: PAGE / 10, ...(before === undefined ? {} : { before }) };
    const page = (await readPage(reads, address, window))?.pages[0];
    const found = page?.messages.findLast(({ role }) => role === 'assistant');
    if (found) return found;
    if (!page?.hasPrevious || page.messages.length === 0) return null;
    before = page.messages[0]?.position ?? 0;
  }
}

async function readPage(
  reads: SessionReads,
  { sessionId, agentId }: AgentAddress,
  window: MessageWindow | null,
): Promise<AgentWithPages | null> {
  const request = { sessionId, among: [agentId], windows: window ? [window] : [] };
  const [[found] = []] = await reads.loadAgents([request]);
  return found ?? null;
}
