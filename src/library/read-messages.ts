import { isToolResult } from '../domain/sessions/block-kinds.js';
import type { Agent, Message } from '../domain/sessions/model.js';
import type { SessionReads } from '../domain/sessions/session-service.js';
import type { AgentWithPages, MessagePage, MessageWindow } from '../domain/sessions/session-store.js';

/** Messages that one command reads at most. */
const PAGE = 200;

type AgentAddress = { sessionId: string; agentId: string };

/** From `offset`, at most `limit` (null: all); or the last ones. `standing`: of what stands alone. Null where there is no such agent. */
export async function readMessages(
  reads: SessionReads,
  address: AgentAddress,
  wanted: { offset: number; limit: number | null } | { last: number },
  standing = false,
): Promise<{ agent: Agent; messages: Message[] } | null> {
  const first = await readPage(reads, address, null);
  if (!first) return null;
  const { agent } = first;
  if ('last' in wanted) return { agent, messages: await readLast(reads, address, wanted.last, standing) };
  const { offset } = wanted;
  const limit = wanted.limit ?? Number.POSITIVE_INFINITY;
  const messages: Message[] = [];
  // Where something stands is not known before: what comes before the offset is gone through.
  let skipped = standing ? 0 : offset;
  let after = standing ? -1 : offset - 1;
  for (let more = limit > 0; more; ) {
    const most = offset - skipped + limit - messages.length;
    const page = await readPage(reads, address, { after, first: Math.min(PAGE, most), ...only(standing) });
    const { messages: found, hasNext } = page?.pages[0] ?? NO_PAGE;
    const passed = Math.min(offset - skipped, found.length);
    skipped += passed;
    messages.push(...found.slice(passed));
    after = found.at(-1)?.position ?? after;
    more = hasNext && found.length > 0 && messages.length < limit;
  }
  return { agent, messages };
}

async function readLast(
  reads: SessionReads,
  address: AgentAddress,
  last: number,
  standing: boolean,
): Promise<Message[]> {
  let messages: Message[] = [];
  for (let more = last > 0; more; ) {
    const before = messages[0]?.position;
    const window = {
      last: Math.min(PAGE, last - messages.length),
      ...(before === undefined ? {} : { before }),
    };
    const page = await readPage(reads, address, { ...window, ...only(standing) });
    const { messages: found, hasPrevious } = page?.pages[0] ?? NO_PAGE;
    messages = [...found, ...messages];
    more = hasPrevious && found.length > 0 && messages.length < last;
  }
  return messages;
}

const only = (standing: boolean) => (standing ? { standing } : {});
const NO_PAGE: MessagePage = { messages: [], hasPrevious: false, hasNext: false };

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
    const window = { last: PAGE / 10, before: first.position, ...only(standing) };
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
