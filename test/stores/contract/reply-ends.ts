import { describe, expect, it } from 'vitest';
import { PARTS_KEPT_MS, REPLY_KEPT_MS } from '../../../src/domain/replies/reply-store.js';
import { anAppend, anEnd, aRedaction, aReply, at, someParts } from './inputs.js';
import { expectCode, readMessages, textOf } from './reads.js';
import { type StoreSetup, useStage } from './stage.js';

const later = (ms: number) => new Date(at(1).getTime() + ms);

export function replyEndSentences(setup: StoreSetup): void {
  describe('the end of a reply', () => {
    const stage = useStage(setup);
    const own = () => stage.opened.replies;
    const others = async () => (await stage.open()).replies;
    let serial = 0;
    const begin = async (text = 'Hello') => {
      const [sessionId, replyId] = [stage.id(), `ended-${++serial}`];
      await own().start(aReply(sessionId, 'a', replyId, { createIfMissing: {} }));
      await own().append([{ replyId, epoch: 1, offset: 0, parts: someParts(text) }]);
      return { sessionId, replyId };
    };

    it('makes it a message like any other, with its metrics and the rest of its parts, in one step', async () => {
      const { sessionId, replyId } = await begin();
      const metrics = { accumulated_usage: { inputTokens: 3, outputTokens: 4, totalTokens: 7 } };
      const rest = { offset: 5, parts: someParts(' again') };
      const message = anEnd(replyId, 'Hello again').message;
      const ended = await own().end(
        anEnd(replyId, '', {
          epoch: 1,
          rest,
          message: message && { ...message, metrics, clientId: 'c', metadata: { usage: { inputTokens: 3 } } },
        }),
      );
      const [stored] = await readMessages(stage.neighbour, sessionId, 'a');
      expect(ended).toMatchObject({
        ended: true,
        reply: { state: 'finished', offset: 11, position: 0, endedAt: at(1) },
      });
      expect(ended.message).toEqual(stored);
      expect(stored).toMatchObject({
        role: 'assistant',
        messageId: 0,
        content: [{ text: 'Hello again' }],
        clientId: 'c',
        metadata: { usage: { inputTokens: 3 } },
        eventLoopMetrics: metrics,
        createdAt: at(1),
      });
      expect((await own().parts(replyId)).map(({ text }) => text).join('')).toBe('Hello again');
    });

    it('is one, however often and by whomever it is repeated', async () => {
      const { sessionId, replyId } = await begin();
      const stores = [own(), await others(), await others()];
      const tries = Array.from({ length: 9 }, (_, index) =>
        (stores[index % 3] as (typeof stores)[0]).end(anEnd(replyId, `${index}`, { epoch: 1 })),
      );
      const ends = await Promise.all(tries);
      const messages = await readMessages(stage.store, sessionId, 'a');
      expect(messages).toHaveLength(1);
      for (const { ended, message } of ends) {
        expect(ended).toBe(true);
        expect(message).toEqual(messages[0]);
      }
      expect(await own().end(anEnd(replyId, '', { state: 'aborted', message: null }))).toMatchObject({
        ended: false,
        reply: { state: 'finished' },
      });
    });

    it('is for its writer alone, and for one who has seen all of it', async () => {
      const { sessionId, replyId } = await begin();
      await own().start(aReply(sessionId, 'a', replyId));
      expect(await own().end(anEnd(replyId, 'x', { epoch: 1 }))).toMatchObject({
        ended: false,
        reply: { epoch: 2 },
      });
      for (const offset of [4, 6]) {
        const rest = { offset, parts: someParts('!') };
        expect(await own().end(anEnd(replyId, 'x', { epoch: 2, rest }))).toMatchObject({
          ended: false,
          reply: { state: 'writing', offset: 5 },
        });
      }
      expect(await readMessages(stage.store, sessionId, 'a')).toEqual([]);
      expect(await own().end(anEnd(replyId, 'x', { epoch: 2 }))).toMatchObject({ ended: true });
      expect(await own().end(anEnd(replyId, 'x', { epoch: 1 }))).toMatchObject({ ended: false });
    });

    it('takes nothing more, and is not started again', async () => {
      const { sessionId, replyId } = await begin();
      const { reply } = await own().end(anEnd(replyId, 'done'));
      expect(await own().append([{ replyId, epoch: 1, offset: 5, parts: someParts('!') }])).toEqual([
        { taken: false, reply },
      ]);
      expect(await own().start(aReply(sessionId, 'a', replyId))).toEqual(reply);
    });

    it('may keep nothing: then there is no message, and no part either', async () => {
      const { sessionId, replyId } = await begin('a secret');
      const abort = anEnd(replyId, '', { state: 'aborted', reason: 'the user stopped it', message: null });
      const ended = await own().end(abort);
      expect(ended).toMatchObject({
        ended: true,
        message: null,
        reply: { state: 'aborted', reason: 'the user stopped it', position: null },
      });
      expect(await own().end(abort)).toEqual(ended);
      expect(await own().parts(replyId)).toEqual([]);
      expect(await readMessages(stage.store, sessionId, 'a')).toEqual([]);
    });

    it('stands in the order in which replies end, with what is appended meanwhile', async () => {
      const { sessionId, replyId } = await begin();
      const second = `${replyId}-second`;
      await own().start(aReply(sessionId, 'a', second));
      await stage.store.appendMessages(anAppend(sessionId, 'a', ['in between']));
      await own().end(anEnd(second, 'second'));
      await own().end(anEnd(replyId, 'first'));
      const texts = (await readMessages(stage.store, sessionId, 'a')).map(textOf);
      expect(texts).toEqual(['in between', 'second', 'first']);
    });

    it('does not make again what is gone', async () => {
      const { sessionId, replyId } = await begin();
      await stage.store.deleteSession(sessionId, at(1));
      expect(await own().end(anEnd(replyId, 'x'))).toEqual({ reply: null, ended: false, message: null });
      expect(await stage.store.loadSessions([sessionId])).toEqual([null]);
    });

    it('refuses what an append refuses, and leaves the reply as it was', async () => {
      const { sessionId, replyId } = await begin();
      await stage.store.appendMessages(
        anAppend(sessionId, 'a', [{ content: [{ text: 'x' }], clientId: 'taken' }]),
      );
      const message = anEnd(replyId, 'other').message;
      const end = anEnd(replyId, '', { message: message && { ...message, clientId: 'taken' } });
      await expectCode(own().end(end), 'IDEMPOTENCY_CONFLICT');
      expect((await own().load([replyId]))[0]).toMatchObject({ state: 'writing', offset: 5 });
    });

    it('is known for a day, its parts for an hour', async () => {
      const { sessionId, replyId } = await begin();
      await own().end(anEnd(replyId, 'done', { now: at(1) }));
      const another = (ms: number) =>
        own().start(aReply(sessionId, 'a', `later-${++serial}`, { now: later(ms) }));
      await another(PARTS_KEPT_MS - 1_000);
      expect(await own().parts(replyId)).not.toEqual([]);
      await another(PARTS_KEPT_MS + 1_000);
      expect(await own().parts(replyId)).toEqual([]);
      await another(REPLY_KEPT_MS - 1_000);
      expect((await own().end(anEnd(replyId, 'done'))).message).toMatchObject({ position: 0 });
      await another(REPLY_KEPT_MS + 1_000);
      expect(await own().load([replyId])).toEqual([null]);
    });

    it('leaves nothing of its parts once its message is redacted', async () => {
      const { sessionId, replyId } = await begin('a secret');
      await own().end(anEnd(replyId, 'a secret'));
      await stage.neighbour.redactMessage(aRedaction({ sessionId, agentId: 'a', position: 0 }, '-'));
      expect(await own().parts(replyId)).toEqual([]);
      expect((await own().end(anEnd(replyId, 'a secret'))).message).toMatchObject({ redacted: true });
    });
  });
}
