import { describe, expect, it } from 'vitest';
import { listOfMarks, marksOf, NO_MARKS } from '../../../src/domain/sessions/marks.js';
import type { Mark } from '../../../src/domain/sessions/model.js';
import type { MessageWindow } from '../../../src/domain/sessions/session-store.js';
import { anAppend, aRedaction, type Said } from './inputs.js';
import { expectCode, readAgent, readMessages, textOf } from './reads.js';
import { type StoreSetup, useStage } from './stage.js';

const createIfMissing = {};
const instead = (text: string, ...supersedes: [from: number, to: number][]): Said => ({
  ...(text === '' ? { content: [] } : { content: [{ text }] }),
  supersedes: supersedes.map(([from, to]) => ({ from, to })),
});

export function supersedingSentences(setup: StoreSetup): void {
  describe('messages that supersede earlier ones', () => {
    const stage = useStage(setup);
    const append = (sessionId: string, ...said: Said[]) =>
      stage.store.appendMessages(anAppend(sessionId, 'a', said, { createIfMissing }));
    const conversation = async (...said: Said[]) => {
      const sessionId = stage.id();
      await append(sessionId, ...said);
      return sessionId;
    };
    const superseding = async (sessionId: string) =>
      (await stage.neighbour.loadSuperseding([{ sessionId, among: ['a'] }]))[0]?.[0];
    const marksOfSession = async (sessionId: string) =>
      listOfMarks((await superseding(sessionId))?.marks ?? NO_MARKS);
    const places = async (sessionId: string, ...windows: MessageWindow[]) => {
      const [[found] = []] = await stage.neighbour.loadAgents([{ sessionId, among: ['a'], windows }]);
      return found?.pages.map(({ messages }) => messages.map(({ position }) => position));
    };

    it('show what they supersede in every read, and leave it as it was', async () => {
      const sessionId = await conversation('0', '1', '2', '3');
      const before = await readMessages(stage.store, sessionId, 'a');
      const returned = await append(sessionId, instead('a summary', [2, 3], [0, 1], [1, 2]), '5');
      const supersedes = [
        { from: 2, to: 3 },
        { from: 0, to: 1 },
        { from: 1, to: 2 },
      ];
      expect(returned.map((message) => message.supersedes)).toEqual([supersedes, []]);
      const after = await readMessages(stage.neighbour, sessionId, 'a');
      expect(after).toEqual([...before, ...returned]);
      expect(await stage.neighbour.loadMessages([{ sessionId, agentId: 'a', position: 4 }])).toEqual([
        returned[0],
      ]);
      expect(await stage.store.loadMessages([{ sessionId, agentId: 'a', position: 4 }], [])).toMatchObject([
        { supersedes, content: [] },
      ]);
    });

    it('are listed by agent in their order, an entry without content with its own place', async () => {
      const sessionId = await conversation('0', instead('one for nought', [0, 0]), '2', instead('', [2, 2]));
      await append(sessionId, instead('', [0, 3]), 'after');
      await stage.store.appendMessages(anAppend(sessionId, 'b', ['0', '1'], { createIfMissing }));
      const marks: Mark[] = [
        { position: 1, ranges: [[0, 0]] },
        {
          position: 3,
          ranges: [
            [2, 2],
            [3, 3],
          ],
        },
        {
          position: 4,
          ranges: [
            [0, 3],
            [4, 4],
          ],
        },
      ];
      const [a, b] = [
        { agentId: 'a', messageCount: 6, marks: marksOf(marks) },
        { agentId: 'b', messageCount: 2, marks: NO_MARKS },
      ];
      const missing = stage.id();
      const answers = await stage.neighbour.loadSuperseding([
        { sessionId, among: 'all' },
        { sessionId: missing, among: 'all' },
        { sessionId, among: ['b', 'none', 'a'] },
        { sessionId, among: ['a'] },
      ]);
      expect(answers).toEqual([[a, b], [], [b, a], [a]]);
      expect(await stage.store.loadSuperseding([])).toEqual([]);
    });

    it('may supersede a message of the same append, and one that is superseded already', async () => {
      const sessionId = await conversation('0', instead('1', [0, 0]), instead('2', [0, 1]));
      await append(sessionId, instead('3', [0, 2]));
      expect((await marksOfSession(sessionId)).map(({ ranges }) => ranges)).toEqual([
        [[0, 0]],
        [[0, 1]],
        [[0, 2]],
      ]);
    });

    it('are refused with BAD_USER_INPUT where they name what does not come before them, and nothing is written', async () => {
      const sessionId = await conversation('0', '1');
      const wrong: Said[][] = [
        [instead('x', [0, 2])],
        [instead('x', [2, 2])],
        ['first', instead('x', [0, 1], [2, 3])],
        [instead('', [5, 7])],
      ];
      for (const said of wrong) await expectCode(append(sessionId, ...said), 'BAD_USER_INPUT');
      const missing = stage.id();
      await expectCode(append(missing, instead('x', [0, 0])), 'BAD_USER_INPUT');
      expect(await stage.store.loadSessions([missing])).toEqual([null]);
      expect((await readMessages(stage.store, sessionId, 'a')).map(textOf)).toEqual(['0', '1']);
      await append(sessionId, 'first', instead('x', [0, 1], [2, 2]));
    });

    it('are judged by where they come to stand, whoever writes at the same time', async () => {
      const sessionId = await conversation('0');
      const outcomes = await Promise.allSettled(
        Array.from({ length: 12 }, (_, n) =>
          (n % 2 ? stage.store : stage.neighbour).appendMessages(
            anAppend(sessionId, 'a', [n % 3 === 0 ? instead(`${n}`, [0, 0]) : `${n}`]),
          ),
        ),
      );
      for (const { status } of outcomes) expect(status).toBe('fulfilled');
      const messages = await readMessages(stage.store, sessionId, 'a');
      const marked = messages.filter(({ supersedes }) => supersedes.length > 0);
      expect(marked.map(textOf).sort()).toEqual(['0', '3', '6', '9']);
      expect(await marksOfSession(sessionId)).toEqual(
        marked.map(({ position }) => ({ position, ranges: [[0, 0]] })),
      );
    });

    it('count as the same when they are repeated, and as another with other ranges', async () => {
      const sessionId = await conversation('0', '1');
      const made = (to: number, key: string) =>
        anAppend(sessionId, 'a', [{ ...(instead('x', [0, to]) as object), clientId: key, content: [] }], {
          key,
        });
      const [first] = await stage.store.appendMessages(made(1, 'k'));
      expect(await stage.neighbour.appendMessages(made(1, 'k'))).toEqual([first]);
      await expectCode(stage.store.appendMessages(made(0, 'k')), 'IDEMPOTENCY_CONFLICT');
      const other = {
        ...made(0, 'other key'),
        messages: [{ ...made(0, 'other key').messages[0], clientId: 'k' }],
      };
      await expectCode(stage.neighbour.appendMessages(other as never), 'IDEMPOTENCY_CONFLICT');
      expect((await readAgent(stage.store, sessionId, 'a')).messageCount).toBe(3);
    });

    it('keep their mark when they are redacted, and when what they supersede is', async () => {
      const sessionId = await conversation('0', '1', instead('instead', [0, 1]), instead('', [2, 2]));
      const before = await superseding(sessionId);
      for (const position of [0, 2, 3])
        await stage.store.redactMessage(aRedaction({ sessionId, agentId: 'a', position }, '[removed]'));
      expect(await superseding(sessionId)).toEqual(before);
      const messages = await readMessages(stage.neighbour, sessionId, 'a');
      expect(messages.map(({ supersedes }) => supersedes)).toEqual([
        [],
        [],
        [{ from: 0, to: 1 }],
        [{ from: 2, to: 2 }],
      ]);
      expect(messages.map(textOf)).toEqual(['[removed]', '1', '[removed]', '[removed]']);
    });

    it('count and cost as any other', async () => {
      const spent = (inputTokens: number) => ({ metadata: { usage: { inputTokens } } });
      const sessionId = await conversation({ content: [{ text: '0' }], ...spent(3) });
      await append(sessionId, { ...(instead('1', [0, 0]) as object), content: [{ text: '1' }], ...spent(4) });
      expect((await readAgent(stage.store, sessionId, 'a')).messageCount).toBe(2);
      expect(await stage.store.loadUsage([{ sessionId }])).toMatchObject([{ inputTokens: 7 }]);
    });

    it('leave runs of messages between them, which one page reads in order', async () => {
      const sessionId = await conversation(
        ...Array.from({ length: 12 }, (_, n): Said => ({ content: [{ text: `${n}` }], clientId: `c${n}` })),
      );
      const runs = (...of: [from: number, to: number][]) => ({
        runs: of.map(([from, to]) => ({ from, to })),
      });
      expect(
        await places(
          sessionId,
          runs([1, 2], [4, 4], [7, 9]),
          runs(),
          { last: 2 },
          runs([0, 0], [11, 11]),
          runs([10, 11], [12, 15]),
        ),
      ).toEqual([[1, 2, 4, 7, 8, 9], [], [10, 11], [0, 11], [10, 11]]);
      const [[found] = []] = await stage.store.loadAgents([
        { sessionId, among: ['a'], windows: [runs([3, 3], [5, 6])], messageParts: ['text'] },
      ]);
      expect(found?.pages[0]?.messages.map(({ clientId }) => clientId)).toEqual(['c3', 'c5', 'c6']);
    });
  });
}
