import { describe, expect, it } from 'vitest';
import { anAgent, anAppend, aSession } from './inputs.js';
import { expectCode, readAgents, readMessages, textOf } from './reads.js';
import { type StoreSetup, useStage } from './stage.js';

const createIfMissing = {};
const onlyOf = (expectedMessageCount: number) => ({ expectedMessageCount });

export function expectedCountSentences(setup: StoreSetup): void {
  describe('an append to an agent with an expected number of messages', () => {
    const stage = useStage(setup);
    const append = (sessionId: string, said: string[], options: Parameters<typeof anAppend>[3]) =>
      stage.store.appendMessages(anAppend(sessionId, 'a', said, options));
    const texts = async (sessionId: string) => (await readMessages(stage.store, sessionId, 'a')).map(textOf);

    it('is made where the agent has exactly that many', async () => {
      const sessionId = stage.id();
      await append(sessionId, ['0', '1'], { createIfMissing, ...onlyOf(0) });
      await append(sessionId, ['2'], onlyOf(2));
      await append(sessionId, ['3'], {});
      await append(sessionId, ['4'], onlyOf(4));
      expect(await texts(sessionId)).toEqual(['0', '1', '2', '3', '4']);
    });

    it.each([0, 1, 3, 200])(
      'is MESSAGES_CHANGED for %i of 2, tells the count, and writes nothing',
      async (count) => {
        const sessionId = stage.id();
        await append(sessionId, ['0', '1'], { createIfMissing });
        for (const store of [stage.store, stage.neighbour]) {
          await expect(
            store.appendMessages(anAppend(sessionId, 'a', ['x', 'y'], { createIfMissing, ...onlyOf(count) })),
          ).rejects.toMatchObject({ code: 'MESSAGES_CHANGED', details: { messageCount: 2 } });
        }
        expect(await texts(sessionId)).toEqual(['0', '1']);
        await append(sessionId, ['2'], onlyOf(2));
        expect(await texts(sessionId)).toEqual(['0', '1', '2']);
      },
    );

    it('counts none in an agent that is missing, and makes it for 0 alone', async () => {
      const sessionId = stage.id();
      const refused = append(sessionId, ['x'], { createIfMissing, ...onlyOf(1) });
      await expect(refused).rejects.toMatchObject({ code: 'MESSAGES_CHANGED', details: { messageCount: 0 } });
      expect(await stage.store.loadSessions([sessionId])).toEqual([null]);
      await expectCode(append(sessionId, ['x'], onlyOf(0)), 'SESSION_NOT_FOUND');
      await stage.store.createSession(aSession(sessionId));
      await expectCode(append(sessionId, ['x'], onlyOf(0)), 'AGENT_NOT_FOUND');
      await expectCode(
        append(sessionId, ['x'], { createIfMissing: 'agent', ...onlyOf(1) }),
        'MESSAGES_CHANGED',
      );
      expect(await readAgents(stage.store, sessionId)).toEqual([]);
      await stage.store.upsertAgent(anAgent(sessionId, 'a'));
      await append(sessionId, ['0'], onlyOf(0));
      expect(await texts(sessionId)).toEqual(['0']);
    });

    it('sees what another process has appended since it wrote last', async () => {
      const sessionId = stage.id();
      await append(sessionId, ['0'], { createIfMissing });
      await stage.neighbour.appendMessages(anAppend(sessionId, 'a', ['1']));
      const refused = append(sessionId, ['x'], onlyOf(1));
      await expect(refused).rejects.toMatchObject({ code: 'MESSAGES_CHANGED', details: { messageCount: 2 } });
      await append(sessionId, ['2'], onlyOf(2));
      expect(await texts(sessionId)).toEqual(['0', '1', '2']);
    });

    it('is answered as before when it is repeated, though the count has moved', async () => {
      const sessionId = stage.id();
      const made = anAppend(sessionId, 'a', ['0', '1'], { createIfMissing, ...onlyOf(0) });
      const first = await stage.store.appendMessages(made);
      await append(sessionId, ['2'], onlyOf(2));
      for (const store of [stage.store, stage.neighbour])
        expect(await store.appendMessages(made)).toEqual(first);
      expect(await texts(sessionId)).toEqual(['0', '1', '2']);
    });

    it('may be made with the count there is after it was refused, under the same key', async () => {
      const sessionId = stage.id();
      await append(sessionId, ['0'], { createIfMissing });
      const again = anAppend(sessionId, 'a', ['1'], onlyOf(0));
      await expectCode(stage.store.appendMessages(again), 'MESSAGES_CHANGED');
      await stage.store.appendMessages({ ...again, ...onlyOf(1) });
      expect(await texts(sessionId)).toEqual(['0', '1']);
    });

    it('does not count where every message is there under its clientId, and does where one is new', async () => {
      const sessionId = stage.id();
      const named = (...ids: string[]) =>
        ids.map((clientId) => ({ clientId, content: [{ text: clientId }] }));
      const of = (ids: string[], count: number) =>
        stage.store.appendMessages(
          anAppend(sessionId, 'a', named(...ids), { createIfMissing, ...onlyOf(count) }),
        );
      await of(['x', 'y'], 0);
      expect((await of(['x', 'y'], 0)).map(({ position }) => position)).toEqual([0, 1]);
      await expectCode(of(['y', 'z'], 1), 'MESSAGES_CHANGED');
      expect((await of(['y', 'z'], 2)).map(({ position }) => position)).toEqual([1, 2]);
      expect(await texts(sessionId)).toEqual(['x', 'y', 'z']);
    });

    it('is won by exactly one of many that expect the same, by several processes, round after round', async () => {
      const sessionId = stage.id();
      for (let round = 0; round < 5; round++) {
        const tries = Array.from({ length: 10 }, (_, n) =>
          (n % 2 ? stage.store : stage.neighbour).appendMessages(
            anAppend(sessionId, 'a', [`${round} by ${n}`, 'and'], { createIfMissing, ...onlyOf(2 * round) }),
          ),
        );
        const outcomes = await Promise.allSettled(tries);
        expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        for (const one of outcomes) {
          if (one.status === 'rejected')
            expect(one.reason).toMatchObject({
              code: 'MESSAGES_CHANGED',
              details: { messageCount: 2 * round + 2 },
            });
        }
      }
      expect(await texts(sessionId)).toHaveLength(10);
    });

    it('does not hold up appends beside it that expect nothing', async () => {
      const sessionId = stage.id();
      await append(sessionId, ['0'], { createIfMissing });
      const outcomes = await Promise.allSettled(
        Array.from({ length: 12 }, (_, n) => append(sessionId, [`${n}`], n % 3 === 0 ? onlyOf(1) : {})),
      );
      const written = outcomes.filter(({ status }) => status === 'fulfilled').length;
      expect(written).toBeGreaterThanOrEqual(8);
      expect(await texts(sessionId)).toHaveLength(1 + written);
      for (const [n, { status }] of outcomes.entries()) if (n % 3 !== 0) expect(status).toBe('fulfilled');
    });
  });
}
