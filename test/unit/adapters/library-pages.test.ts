import { expect, it, vi } from 'vitest';
import { readAll, takenAway } from '../../../src/adapters/entries.js';
import { openLibraryPort } from '../../../src/adapters/library-port.js';
import type { NewEntry } from '../../../src/adapters/port.js';
import { emptyDatabase } from '../../stores/memory/database.js';
import { openMemoryStore } from '../../stores/memory/open-memory-store.js';

const AGENT = { sessionId: 's', agentId: 'a' };
const entry = (n: number): NewEntry => ({ role: 'user', content: [{ text: `${n}` }] });

/** An agent of so many messages, of which every tenth was taken away by one behind them. */
async function stage(count: number) {
  const store = openMemoryStore(emptyDatabase());
  const lookedUp = vi.spyOn(store.sessions, 'loadSuperseding');
  const port = await openLibraryPort({ store });
  let key = 0;
  const append = (entries: NewEntry[]) => port.append(AGENT, entries, { key: `${key++}` });
  for (let from = 0; from < count; from += 100)
    await append(Array.from({ length: Math.min(100, count - from) }, (_, n) => entry(from + n)));
  for (let from = 0; from < count; from += 10) await append([takenAway([{ from, to: from }])]);
  const left = Array.from({ length: count }, (_, n) => n).filter((n) => n % 10 !== 0);
  return { port, append, lookedUp, left };
}

const positionsOf = (entries: readonly { position: number }[]) => entries.map(({ position }) => position);

it('where messages stand is looked up once for all pages, forward and backward', async () => {
  const { port, lookedUp, left } = await stage(1_000);
  expect(positionsOf((await readAll(port, AGENT)).entries)).toEqual(left);
  expect(lookedUp).toHaveBeenCalledTimes(1);

  let page = await port.read(AGENT, { last: 200 });
  const found = [...page.entries];
  while (page.previous !== null) {
    page = await port.read(AGENT, { last: 200, before: page.previous });
    found.unshift(...page.entries);
  }
  expect(positionsOf(found)).toEqual(left);
  expect(lookedUp).toHaveBeenCalledTimes(2);
});

it('it is looked up again where there are more messages by then', async () => {
  const { port, append, lookedUp, left } = await stage(300);
  const first = await port.read(AGENT, { first: 200 });
  const [last] = await append([{ ...entry(300), supersedes: [{ from: 295, to: 299 }] }]);
  const second = await port.read(AGENT, { first: 200, after: first.next as string });
  const expected = [...left.filter((position) => position < 295), last];
  expect(positionsOf([...first.entries, ...second.entries])).toEqual(expected);
  expect(second.count).toBe(first.count + 1);
  expect(lookedUp).toHaveBeenCalledTimes(2);
});

it('what is read of another agent in between is its own', async () => {
  const { port, left } = await stage(300);
  const other = { sessionId: 's', agentId: 'b' };
  await port.append(
    other,
    Array.from({ length: 100 }, (_, n) => entry(n)),
    { key: 'other' },
  );
  const first = await port.read(AGENT, { first: 200 });
  expect(positionsOf((await port.read(other, { last: 2 })).entries)).toEqual([98, 99]);
  const second = await port.read(AGENT, { first: 200, after: first.next as string });
  expect(positionsOf([...first.entries, ...second.entries])).toEqual(left);
});

it('of an agent that is deleted between two pages nothing is left', async () => {
  const { port } = await stage(300);
  const { next } = await port.read(AGENT, { first: 200 });
  await port.deleteSession(AGENT.sessionId);
  const nothing = { entries: [], count: 0, model: null, previous: null, next: null };
  expect(await port.read(AGENT, { first: 200, after: next as string })).toEqual(nothing);
  expect(await port.read(AGENT, { last: 200 })).toEqual(nothing);
});

it('a page has no marks where it has no entries, also where messages stand beside it', async () => {
  const { port, append } = await stage(300);
  const { next, count } = await port.read(AGENT, { first: 200 });
  await append([takenAway([{ from: Number(next) + 1, to: count - 1 }])]);
  const page = await port.read(AGENT, { first: 200, after: next as string });
  expect(page).toEqual({ entries: [], count: count + 1, model: null, previous: null, next: null });
});
