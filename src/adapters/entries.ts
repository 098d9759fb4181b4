import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { ParleyError } from '../domain/errors.js';
import type { PositionRange } from '../domain/sessions/model.js';
import { MAX_SUPERSEDED_RANGES } from '../domain/sessions/session-inputs.js';
import { createPartsReader, inCalls, inWhole } from './parts.js';
import type { AgentAddress, AppendOptions, ConversationPort, Entry, EntryPage, NewEntry } from './port.js';

/** What one call reads at most. */
const PAGE = 200;
/** How often a change is tried again where others append meanwhile. */
export const ATTEMPTS = 50;

/**
 * All that stands, oldest first, and how many messages the agent has had. Read again where something was taken away between two pages: it is the
 * list of one moment.
 */
export async function readAll(
  port: ConversationPort,
  agent: AgentAddress,
): Promise<{ entries: Entry[]; count: number }> {
  for (let attempt = 1; ; attempt++) {
    let page = await port.read(agent, { first: PAGE });
    const first = page.count;
    const entries = [...page.entries];
    while (page.next !== null) {
      page = await port.read(agent, { first: PAGE, after: page.next });
      entries.push(...page.entries);
    }
    const { count } = page;
    if (attempt < ATTEMPTS && isTorn(entries, first, count)) continue;
    return { entries: await partsReader(port, agent)(entries, count), count };
  }
}

/**
 * Forgets the positions that somebody knows where there are fewer messages by now: none ever goes, so that the session was made anew since, and
 * what lies at these places is of others.
 */
export function forgetBeyond(count: number, known: Set<number>): void {
  if ([...known].some((position) => position >= count)) known.clear();
}

/** Whether, while they were read, more was done than appended. */
function isTorn(entries: readonly Entry[], before: number, count: number): boolean {
  const added = entries.filter(({ position }) => position >= before);
  return added.length < count - before || added.some(({ supersedes }) => supersedes.length > 0);
}

const partsReader = (port: ConversationPort, agent: AgentAddress) =>
  createPartsReader((clientId) => port.find(agent, clientId));

/** The newest pages, newest first, until the reader has enough. */
export async function* readBack(
  port: ConversationPort,
  agent: AgentAddress,
  wanted: number,
): AsyncGenerator<EntryPage> {
  const marked = partsReader(port, agent);
  const last = Math.min(Math.max(wanted, 1), PAGE);
  let page = await port.read(agent, { last });
  const { count } = page;
  yield { ...page, entries: await marked(page.entries, count) };
  while (page.previous !== null) {
    page = await port.read(agent, { last: PAGE, before: page.previous });
    yield { ...page, entries: await marked(page.entries, count) };
  }
}

interface AppendAllOptions extends AppendOptions {
  /** Refused, too, where others have appended since the call before. */
  expectEach?: boolean;
  /** All or none for whoever reads by these, however many calls it takes (parts.ts). */
  whole?: boolean;
  /** The key of the last call, where it is made once for good. */
  lastKey?: string | undefined;
}

/**
 * Appends any number: up to 100 all or none, more in calls of 100, of which the first alone may be refused for the count. Repeated with its
 * key it has one effect. The positions. Keep for the last entry what supersedes: then nothing is taken away without what takes its place.
 */
export async function appendAll(
  port: ConversationPort,
  agent: AgentAddress,
  entries: readonly NewEntry[],
  { key, lastKey, expectedCount, expectEach = false, whole = false }: AppendAllOptions,
): Promise<number[]> {
  const positions: number[] = [];
  const calls = whole ? inWhole(entries, key) : inCalls(entries);
  let expected = expectedCount;
  for (const [index, call] of calls.entries()) {
    const batch = await port.append(agent, call, {
      key: (index === calls.length - 1 && lastKey) || `${key}/${index}`,
      ...(expected === undefined ? {} : { expectedCount: expected }),
    });
    positions.push(...batch);
    expected =
      expected !== undefined && expectEach
        ? Math.max(expected, ...batch.map((position) => position + 1))
        : undefined;
  }
  return positions;
}

/**
 * Appends, each under a key of its own. Where one failed and nobody knows whether it was carried out, the next of the same is its repetition.
 */
export function createAppends(port: ConversationPort, agent: AgentAddress) {
  /** The last that failed: it may have been carried out. */
  let unsure: { entries: readonly NewEntry[]; key: string } | null = null;
  return async (
    entries: readonly NewEntry[],
    options: Omit<AppendAllOptions, 'key'> = {},
  ): Promise<number[]> => {
    const again = unsure && isSameAppend(unsure.entries, entries) ? unsure : null;
    const sent = again ?? { entries, key: randomUUID() };
    if (again) unsure = null;
    try {
      return await appendAll(port, agent, sent.entries, { ...options, key: sent.key });
    } catch (error) {
      unsure = sent;
      throw error;
    }
  };
}

/** What an item cost may be counted otherwise by the time that it is sent again. */
function isSameAppend(one: readonly NewEntry[], other: readonly NewEntry[]): boolean {
  const said = ({ role, content, metadata, clientId }: NewEntry) => [
    role,
    content,
    metadata?.framework,
    clientId,
  ];
  return isDeepStrictEqual(one.map(said), other.map(said));
}

/** A change that expects what it has read: carried out anew, with what there is by then, where others append meanwhile. */
export async function retried<T>(change: (attempt: number) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await change(attempt);
    } catch (error) {
      const lost = error instanceof ParleyError && error.code === 'MESSAGES_CHANGED';
      if (!lost || attempt === ATTEMPTS) throw error;
    }
  }
}

/** An entry that takes others away and says nothing itself. */
export const takenAway = (supersedes: readonly PositionRange[]): NewEntry => ({
  role: 'user',
  content: [],
  supersedes,
});

/**
 * The entries, of which the last takes away what they take the place of, and more behind it where one cannot take away all: nothing is gone before that
 * is there.
 */
export function taking(entries: readonly NewEntry[], ranges: readonly PositionRange[]): NewEntry[] {
  if (ranges.length === 0) return [...entries];
  const last = { ...(entries.at(-1) ?? takenAway([])), supersedes: ranges.slice(0, MAX_SUPERSEDED_RANGES) };
  const all = [...entries.slice(0, -1), last];
  for (let start = MAX_SUPERSEDED_RANGES; start < ranges.length; start += MAX_SUPERSEDED_RANGES)
    all.push(takenAway(ranges.slice(start, start + MAX_SUPERSEDED_RANGES)));
  return all;
}
