import { describe, expect, it } from 'vitest';
import { atOnce } from '../../../src/domain/async/in-slices.js';
import { loadStanding } from '../../../src/domain/sessions/load-standing.js';
import { listOfMarks, marksIn, marksOf } from '../../../src/domain/sessions/marks.js';
import type { Mark, StoredRange } from '../../../src/domain/sessions/model.js';
import type { MessageWindow, SessionStore } from '../../../src/domain/sessions/session-store.js';
import {
  newestOver,
  standingPage,
  standingRuns,
  supersededRuns,
} from '../../../src/domain/sessions/superseding.js';
import { anAppend } from '../../stores/contract/inputs.js';
import { emptyDatabase } from '../../stores/memory/database.js';
import { openMemoryStore } from '../../stores/memory/open-memory-store.js';
import { seededRandom } from '../../support/seeded-random.js';

/** A conversation in which about every third message supersedes some of what came before. */
function randomMarks(random: () => number, count: number): Mark[] {
  const marks: Mark[] = [];
  for (let position = 1; position < count; position++) {
    if (random() > 0.35) continue;
    const ranges = Array.from({ length: 1 + Math.floor(random() * 3) }, (): StoredRange => {
      const from = Math.floor(random() * position);
      return [from, from + Math.floor(random() * Math.min(position - from, 6))];
    });
    marks.push({ position, ranges: random() < 0.3 ? [...ranges, [position, position]] : ranges });
  }
  return marks;
}

/** The newest mark over each place, found by looking at all of them. */
const newestOf = (marks: readonly Mark[], position: number) =>
  marks.findLast(({ ranges }) => ranges.some(([from, to]) => from <= position && position <= to))?.position;

describe('what supersedes and what stands', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('is what looking at every mark for every message finds (%i)', (seed) => {
    const { next: random } = seededRandom(seed);
    const count = 1 + Math.floor(random() * 60);
    const marks = randomMarks(random, count);
    const runs = atOnce(supersededRuns(marksOf(marks)));
    const all = atOnce(standingRuns(runs, count));
    const places = Array.from({ length: count }, (_, position) => position);
    for (const position of places) {
      const newest = newestOf(marks, position);
      expect(newestOver(runs, position)).toBe(newest === position ? null : (newest ?? null));
    }
    const standing = places.filter((position) => newestOf(marks, position) === undefined);
    for (let tries = 0; tries < 40; tries++) {
      const size = Math.floor(random() * 12);
      const window: MessageWindow = {
        ...(random() < 0.5 ? { first: size } : { last: size }),
        ...(random() < 0.5 ? { after: Math.floor(random() * (count + 4)) - 1 } : {}),
        ...(random() < 0.5 ? { before: Math.floor(random() * (count + 4)) } : {}),
      };
      const inside = standing.filter(
        (position) => position > (window.after ?? -1) && position < (window.before ?? count),
      );
      const taken =
        window.first === undefined ? inside.slice(Math.max(0, inside.length - size)) : inside.slice(0, size);
      const page = standingPage(all, count, window);
      expect(
        page.runs.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, n) => from + n)),
      ).toEqual(taken);
      if (taken.length === 0) continue;
      expect(page.hasPrevious).toBe((standing[0] as number) < (taken[0] as number));
      expect(page.hasNext).toBe((standing.at(-1) as number) > (taken.at(-1) as number));
    }
  });

  it('is found in one pass over ranges that all overlap', () => {
    const marks = Array.from({ length: 20_000 }, (_, n): Mark => ({ position: n + 1, ranges: [[0, n]] }));
    expect(atOnce(supersededRuns(marksOf(marks)))).toEqual([{ from: 0, to: 19_999, by: 20_000 }]);
  });

  it('is found in steps, however many ranges a message has', () => {
    const ranges = Array.from({ length: 100 }, (_, n): StoredRange => [n * 2, n * 2]);
    const marks = Array.from({ length: 500 }, (_, n): Mark => ({ position: 200 + n, ranges }));
    const steps = supersededRuns(marksOf(marks));
    let pauses = 0;
    while (!steps.next().done) pauses++;
    expect(pauses).toBeGreaterThan(50);
  });
});

describe('what messages supersede, in numbers', () => {
  const stored = (marks: readonly Mark[]) =>
    JSON.stringify(marks.map(({ position, ranges }) => [position, ranges]));

  it.each([1, 2, 3])('is what JSON says, in order, whatever the order there (%i)', (seed) => {
    const { next: random } = seededRandom(seed);
    const marks = randomMarks(random, 300);
    const shuffled = marks.map((mark) => ({ mark, at: random() })).sort((a, b) => a.at - b.at);
    for (const list of [marks, shuffled.map(({ mark }) => mark), []]) {
      const read = marksIn(stored(list), list.length);
      expect(read).toEqual(marksOf(list));
      expect(listOfMarks(read)).toEqual(list.length === 0 ? [] : marks);
    }
  });

  it('takes a few bytes for each, however many there are', () => {
    const ranges = Array.from({ length: 100 }, (_, n): StoredRange => [n * 2, n * 2]);
    const marks = Array.from({ length: 1_000 }, (_, n): Mark => ({ position: 200 + n, ranges }));
    const read = marksIn(stored(marks), marks.length);
    const bytes = Object.values(read).reduce((sum, { byteLength }) => sum + byteLength, 0);
    expect(bytes).toBe(100_000 * 8 + 1_000 * 8);
  });

  it('leaves out what is no place before a message', () => {
    const ranges: StoredRange[] = [
      [0, 1],
      [2, 1],
      [-1, 0],
      [2, 9],
      [3, 3],
    ];
    expect(listOfMarks(marksOf([{ position: 3, ranges }]))).toEqual([
      {
        position: 3,
        ranges: [
          [0, 1],
          [3, 3],
        ],
      },
    ]);
  });
});

describe('a page of what stands', () => {
  const open = async () => {
    const store = openMemoryStore(emptyDatabase()).sessions;
    const said = ['0', '1', { content: [{ text: '2' }], supersedes: [{ from: 0, to: 1 }] }, '3'];
    await store.appendMessages(anAppend('s', 'a', said, { createIfMissing: {} }));
    await store.appendMessages(anAppend('s', 'b', ['0'], { createIfMissing: {} }));
    return store;
  };
  const page = async (
    store: Pick<SessionStore, 'loadAgents' | 'loadSuperseding'>,
    ...windows: MessageWindow[]
  ) =>
    (await loadStanding(store, [{ sessionId: 's', among: 'all', windows }])).map((agents) =>
      agents.map(({ agent, pages }) => ({
        agentId: agent.agentId,
        count: agent.messageCount,
        pages: pages.map(({ messages }) => messages.map(({ position }) => position)),
      })),
    );

  it('comes beside pages of all messages, for every agent', async () => {
    expect(await page(await open(), { last: 2, standing: true }, { first: 2 })).toEqual([
      [
        {
          agentId: 'a',
          count: 4,
          pages: [
            [2, 3],
            [0, 1],
          ],
        },
        { agentId: 'b', count: 1, pages: [[0], [0]] },
      ],
    ]);
  });

  it('does not show, nor count, what was appended while it was read', async () => {
    const store = await open();
    let appended = false;
    const meanwhile = {
      loadAgents: store.loadAgents,
      async loadSuperseding(...given: Parameters<SessionStore['loadSuperseding']>) {
        const found = await store.loadSuperseding(...given);
        if (!appended) {
          appended = true;
          const last = { content: [{ text: 'all anew' }], supersedes: [{ from: 0, to: 3 }] };
          await store.appendMessages(anAppend('s', 'a', [last]));
        }
        return found;
      },
    };
    const [[a] = []] = await page(meanwhile, { first: 20, standing: true });
    expect(a).toEqual({ agentId: 'a', count: 4, pages: [[2, 3]] });
    const [[then] = []] = await page(store, { first: 20, standing: true });
    expect(then).toEqual({ agentId: 'a', count: 5, pages: [[4]] });
  });
});
