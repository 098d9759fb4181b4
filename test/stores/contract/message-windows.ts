import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { MessagePage, MessageWindow } from '../../../src/domain/sessions/session-store.js';
import { anAgent, anAppend, aRedaction, aSession } from './inputs.js';
import { readAgents } from './reads.js';
import { type StoreSetup, useStage } from './stage.js';

/** Agents named by how many messages they have. */
const COUNTS = [0, 1, 2, 9];

/** What the port promises, on an array. Beside an empty page it is only known where nothing can lie. */
function expected(count: number, { first, last, after, before }: MessageWindow) {
  const between = Array.from({ length: count }, (_, position) => position).filter(
    (position) => position > (after ?? -1) && position < (before ?? count),
  );
  const positions = first !== undefined ? between.slice(0, first) : between.slice(-(last as number));
  const [from, to] = [positions[0], positions.at(-1)];
  const nothingBefore = count === 0 || (after === undefined && before === 0);
  const nothingAfter = count === 0 || (before === undefined && (after ?? -1) >= count - 1);
  return {
    positions,
    hasPrevious: from !== undefined ? from > 0 : nothingBefore ? false : 'either',
    hasNext: to !== undefined ? to < count - 1 : nothingAfter ? false : 'either',
  };
}

const size = fc.integer({ min: 1, max: 11 });
const edge = fc.option(fc.integer({ min: 0, max: 10 }), { nil: undefined });
const windowArbitrary: fc.Arbitrary<MessageWindow> = fc
  .tuple(fc.boolean(), size, edge, edge)
  .map(([forward, count, after, before]) => ({
    ...(forward ? { first: count } : { last: count }),
    ...(after === undefined ? {} : { after }),
    ...(before === undefined ? {} : { before }),
  }));

export function messageWindowSentences(setup: StoreSetup): void {
  describe('pages of messages', () => {
    const stage = useStage(setup);
    const sessionId = 'conversation';

    beforeAll(async () => {
      await stage.store.createSession(aSession(sessionId));
      for (const count of COUNTS) {
        const agentId = `${count}`;
        await stage.store.upsertAgent(anAgent(sessionId, agentId));
        for (let position = 0; position < count; position++) {
          await stage.store.appendMessages(anAppend(sessionId, agentId, [`${position}`]));
        }
      }
      await stage.store.redactMessage(aRedaction({ sessionId, agentId: '9', position: 4 }, '4'));
    });

    const read = async (agentId: string, windows: MessageWindow[]): Promise<MessagePage[]> => {
      const [found = []] = await stage.store.loadAgents([{ sessionId, among: [agentId], windows }]);
      return found[0]?.pages ?? [];
    };

    it('hold what lies in the window, in order, and say whether there is more on either side', async () => {
      const windows = fc.array(windowArbitrary, { minLength: 1, maxLength: 3 });
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...COUNTS), windows, async (count, asked) => {
          const pages = await read(`${count}`, asked);
          expect(pages).toHaveLength(asked.length);
          for (const [index, page] of pages.entries()) {
            const model = expected(count, asked[index] as MessageWindow);
            expect(page.messages.map(({ position }) => position)).toEqual(model.positions);
            expect(page.messages.map(({ content }) => content)).toEqual(
              model.positions.map((position) => [{ text: `${position}` }]),
            );
            if (model.hasPrevious !== 'either') expect(page.hasPrevious).toBe(model.hasPrevious);
            if (model.hasNext !== 'either') expect(page.hasNext).toBe(model.hasNext);
          }
        }),
        { numRuns: 100, seed: 17 },
      );
    });

    it('show each message once to who walks forward, and grow at the end alone', async () => {
      const agentId = 'growing';
      await stage.store.upsertAgent(anAgent(sessionId, agentId));
      await stage.store.appendMessages(anAppend(sessionId, agentId, ['0', '1', '2', '3', '4']));
      const walked: unknown[] = [];
      for (let more = true; more; ) {
        const after = walked.length > 0 ? { after: walked.length - 1 } : {};
        const [page] = await read(agentId, [{ first: 2, ...after }]);
        walked.push(...(page?.messages ?? []).map(({ content }) => content[0]?.text));
        more = page?.hasNext ?? false;
        if (walked.length === 4) await stage.store.appendMessages(anAppend(sessionId, agentId, ['5', '6']));
      }
      expect(walked).toEqual(['0', '1', '2', '3', '4', '5', '6']);
    });

    it('are the same for each of the agents of a session', async () => {
      const agents = await readAgents(stage.store, sessionId);
      const window = { last: 2 };
      const [all = []] = await stage.store.loadAgents([{ sessionId, among: 'all', windows: [window] }]);
      expect(all.map(({ agent }) => agent)).toEqual(agents);
      for (const { agent, pages } of all) expect(pages).toEqual(await read(agent.agentId, [window]));
    });
  });
}
