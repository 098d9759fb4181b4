import { describe, expect, it } from 'vitest';
import { anAgent, anAppend, aSession, at } from './inputs.js';
import { readAgent, readAgents, readMessages, readSession } from './reads.js';
import { type StoreSetup, useStage } from './stage.js';

const createIfMissing = {};
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

export function instanceSentences(setup: StoreSetup): void {
  describe('several instances on one database', () => {
    const stage = useStage(setup);
    const either = (index: number) => (index % 2 ? stage.neighbour : stage.store);

    it('number 50 appends that they make at once without gap or repeat', async () => {
      const sessionId = stage.id();
      await stage.store.createSession(aSession(sessionId));
      await stage.store.upsertAgent(anAgent(sessionId, 'a'));
      const appended = await Promise.all(
        numbers(50).map((index) => either(index).appendMessages(anAppend(sessionId, 'a', [`${index}`]))),
      );
      const given = appended.flat().map(({ messageId }) => messageId ?? -1);
      expect(given.toSorted((a, b) => a - b)).toEqual(numbers(50));
      const messages = await readMessages(stage.store, sessionId, 'a');
      expect(messages.map(({ messageId }) => messageId)).toEqual(numbers(50));
      expect(messages.map(({ position }) => position)).toEqual(numbers(50));
      expect(await readMessages(stage.neighbour, sessionId, 'a')).toEqual(messages);
    });

    it('keep the messages of one append next to each other, whatever they write at once', async () => {
      const sessionId = stage.id();
      const appended = await Promise.all(
        numbers(20).map((index) =>
          either(index).appendMessages(
            anAppend(sessionId, 'a', [`${index}.0`, `${index}.1`, `${index}.2`], {
              createIfMissing,
              now: at(20 - index),
            }),
          ),
        ),
      );
      const messages = await readMessages(stage.store, sessionId, 'a');
      expect(messages.map(({ messageId }) => messageId)).toEqual(numbers(60));
      for (const own of appended) {
        const first = own[0]?.position ?? -1;
        expect(messages.slice(first, first + 3)).toEqual(own);
      }
      const dates = messages.map(({ createdAt }) => Number(createdAt));
      expect(dates).toEqual(dates.toSorted((a, b) => a - b));
      expect(await readSession(stage.store, sessionId)).toMatchObject({
        messageCount: 60,
        updatedAt: at(20),
      });
    });

    it('make one session and one agent when both append to what is missing', async () => {
      const sessionId = stage.id();
      await Promise.all(
        numbers(10).map((index) =>
          either(index).appendMessages(
            anAppend(sessionId, index < 6 ? 'a' : 'b', ['x'], { createIfMissing }),
          ),
        ),
      );
      const agents = await readAgents(stage.neighbour, sessionId);
      const counts = Object.fromEntries(agents.map(({ agentId, messageCount }) => [agentId, messageCount]));
      expect(counts).toEqual({ a: 6, b: 4 });
      expect(await stage.store.countSessions({ sessionIds: [sessionId] })).toBe(1);
    });

    it('let one of several creations of an id win; the others get SESSION_EXISTS', async () => {
      const sessionId = stage.id();
      const outcomes = await Promise.all(
        numbers(8).map((index) =>
          either(index)
            .createSession(aSession(sessionId, { metadata: { index } }))
            .then(
              () => index,
              (error: { code?: string }) => error.code,
            ),
        ),
      );
      const won = outcomes.filter((outcome) => typeof outcome === 'number');
      expect(won).toHaveLength(1);
      expect(outcomes.filter((outcome) => outcome === 'SESSION_EXISTS')).toHaveLength(7);
      expect((await readSession(stage.store, sessionId)).metadata).toEqual({ index: won[0] });
    });

    it('let a creation that is repeated at once succeed everywhere', async () => {
      const sessionId = stage.id();
      const creation = aSession(sessionId);
      await Promise.all(numbers(6).map((index) => either(index).createSession(creation)));
      expect(await stage.store.countSessions({ sessionIds: [sessionId] })).toBe(1);
    });

    it('lose no field of an agent when they change different ones at once', async () => {
      const sessionId = stage.id();
      await stage.store.createSession(aSession(sessionId));
      await Promise.all([
        stage.store.upsertAgent(anAgent(sessionId, 'a', { model: 'm' })),
        stage.neighbour.upsertAgent(anAgent(sessionId, 'a', { systemPrompt: 's' })),
        stage.store.upsertAgent(anAgent(sessionId, 'a', { promptMetadata: { prompt_id: 'p' } })),
        stage.neighbour.upsertAgent(anAgent(sessionId, 'a', { state: { kept: true } })),
        stage.store.appendMessages(anAppend(sessionId, 'a', ['x'], { createIfMissing })),
      ]);
      expect(await readAgent(stage.store, sessionId, 'a')).toMatchObject({
        model: 'm',
        systemPrompt: 's',
        promptMetadata: { prompt_id: 'p' },
        state: { kept: true },
        messageCount: 1,
      });
    });

    it('answer to one deletion that it was made, to the others that there was none', async () => {
      const sessionId = stage.id();
      await stage.store.createSession(aSession(sessionId));
      const outcomes = await Promise.all(
        numbers(6).map((index) => either(index).deleteSession(sessionId, at(1))),
      );
      expect(outcomes.filter(Boolean)).toHaveLength(1);
    });

    it('share their secrets, each of 32 bytes, from the first call on', async () => {
      const names = ['cursors', 'other', '__proto__'];
      const further = await stage.open();
      const asked = await Promise.all(
        names.map((name) =>
          Promise.all([stage.opened, further, stage.opened].map(({ secrets }) => secrets.secret(name))),
        ),
      );
      const hex = asked.map((answers) => answers.map((secret) => Buffer.from(secret).toString('hex')));
      for (const answers of hex) expect(new Set(answers).size).toBe(1);
      expect(new Set(hex.flat()).size).toBe(names.length);
      expect(asked.flat().every((secret) => secret.length === 32)).toBe(true);
      const later = await (await stage.open()).secrets.secret('cursors');
      expect(Buffer.from(later).toString('hex')).toBe(hex[0]?.[0]);
    });
  });
}
