import type { AgentAddress, AppendOptions, ConversationPort, Entry, EntryPage, NewEntry } from './port.js';

/** What one call reads, and what one call writes, at most. */
const PAGE = 200;
const BATCH = 100;

/** All that stands, oldest first, and how many messages the agent has had. */
export async function readAll(
  port: ConversationPort,
  agent: AgentAddress,
): Promise<{ entries: Entry[]; count: number }> {
  let page = await port.read(agent, { first: PAGE });
  const entries = [...page.entries];
  while (page.next !== null) {
    page = await port.read(agent, { first: PAGE, after: page.next });
    entries.push(...page.entries);
  }
  return { entries, count: page.count };
}

/** The newest pages, newest first, until the reader has enough. */
export async function* readBack(
  port: ConversationPort,
  agent: AgentAddress,
  wanted: number,
): AsyncGenerator<EntryPage> {
  const last = Math.min(Math.max(wanted, 1), PAGE);
  let page = await port.read(agent, { last });
  yield page;
  while (page.previous !== null) {
    page = await port.read(agent, { last: PAGE, before: page.previous });
    yield page;
  }
}

/**
 * Appends any number: up to 100 all or none, more in calls of 100, of which the first alone may be refused for the count. Repeated with its
 * key it has one effect. The positions. Keep for the last entry what supersedes: then nothing is taken away without what takes its place.
 */
export async function appendAll(
  port: ConversationPort,
  agent: AgentAddress,
  entries: readonly NewEntry[],
  { key, expectedCount }: AppendOptions,
): Promise<number[]> {
  const positions: number[] = [];
  for (let start = 0; start < entries.length; start += BATCH) {
    const batch = await port.append(agent, entries.slice(start, start + BATCH), {
      key: `${key}/${start / BATCH}`,
      ...(expectedCount === undefined || start > 0 ? {} : { expectedCount }),
    });
    positions.push(...batch);
  }
  return positions;
}
