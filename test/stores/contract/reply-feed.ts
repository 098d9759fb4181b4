import { afterEach, describe, expect, it } from 'vitest';
import type { ReplyNotice, ReplyStore } from '../../../src/domain/replies/reply-store.js';
import { eventually } from '../../support/eventually.js';
import { anEnd, aRedaction, aReply, at, someParts } from './inputs.js';
import { type StoreSetup, useStage } from './stage.js';

export function replyFeedSentences(setup: StoreSetup): void {
  describe('the feed of replies', () => {
    const stage = useStage(setup);
    const own = () => stage.opened.replies;
    const ending: AbortController[] = [];
    afterEach(() => {
      for (const end of ending) end.abort();
    });

    /** Opened, and read to its end from then on. */
    async function listen(store: ReplyStore) {
      const end = new AbortController();
      ending.push(end);
      const notices: ReplyNotice[] = [];
      const batches = store.feed(end.signal)[Symbol.asyncIterator]();
      const { value: first } = await batches.next();
      expect(first).toMatchObject({ notices: [] });
      void (async () => {
        for (let next = await batches.next(); !next.done; next = await batches.next()) {
          notices.push(...next.value.notices);
        }
      })().catch(() => {});
      return (replyId: string) => notices.filter((notice) => notice.replyId === replyId);
    }

    it('tells every instance of each start, part, sign of life after an abandonment, and end', async () => {
      const [sessionId, replyId] = [stage.id(), 'told'];
      const neighbour = (await stage.open()).replies;
      const feeds = [await listen(own()), await listen(neighbour)];
      const told = (count: number) =>
        eventually(() => {
          for (const of of feeds) expect(of(replyId).length).toBe(count);
        });
      await own().start(aReply(sessionId, 'a', replyId, { createIfMissing: {}, timeoutMs: 1 }));
      await told(1);
      await own().append([{ replyId, epoch: 1, offset: 0, parts: someParts('Hel') }]);
      await neighbour.append([{ replyId, epoch: 1, offset: 3, parts: someParts('lo') }]);
      await told(3);
      await eventually(async () => expect(await own().abandonOverdue()).toHaveLength(1));
      await told(4);
      await own().append([{ replyId, epoch: 1, offset: 5, parts: [] }]);
      await told(5);
      await neighbour.end(anEnd(replyId, 'Hello'));
      await told(6);
      const name = { replyId, sessionId };
      const [reply] = await own().load([replyId]);
      const startedAt = reply?.startedAt;
      for (const of of feeds) {
        expect(of(replyId)).toEqual([
          name,
          { ...name, offset: 0, parts: someParts('Hel'), startedAt },
          { ...name, offset: 3, parts: someParts('lo'), startedAt },
          name,
          name,
          name,
        ]);
      }
    });

    it('tells of nothing where nothing has changed', async () => {
      const [sessionId, replyId] = [stage.id(), 'quiet'];
      await own().start(aReply(sessionId, 'a', replyId, { createIfMissing: {}, key: 'k' }));
      const of = await listen((await stage.open()).replies);
      await own().append([{ replyId, epoch: 1, offset: 0, parts: [] }]);
      await own().append([{ replyId, epoch: 9, offset: 0, parts: someParts('x') }]);
      await own().start(aReply(sessionId, 'a', replyId, { key: 'k' }));
      await own().end(anEnd(replyId, 'x', { epoch: 9 }));
      await own().abandonOverdue();
      await own().end(anEnd(replyId, 'the end'));
      await eventually(() => expect(of(replyId)).toEqual([{ replyId, sessionId }]));
    });

    it('says of words which reply they are of, where another has its id since', async () => {
      const [sessionId, replyId] = [stage.id(), 'again'];
      const of = await listen((await stage.open()).replies);
      const begin = (minute: number) =>
        own().start(aReply(sessionId, 'a', replyId, { createIfMissing: {}, now: at(minute) }));
      const say = (text: string) => own().append([{ replyId, epoch: 1, offset: 0, parts: someParts(text) }]);
      await begin(0);
      await say('before');
      await stage.store.deleteSession(sessionId, at(1));
      const { startedAt } = await begin(2);
      await say('since');
      await eventually(() =>
        expect(of(replyId).at(-1)).toMatchObject({ parts: someParts('since'), startedAt }),
      );
      const ofIt = of(replyId).filter((notice) => notice.startedAt?.getTime() === startedAt.getTime());
      expect(ofIt).toHaveLength(1);
    });

    it('tells where the parts of a reply are removed by a redaction', async () => {
      const [sessionId, replyId] = [stage.id(), 'redacted'];
      await own().start(aReply(sessionId, 'a', replyId, { createIfMissing: {} }));
      await own().end(anEnd(replyId, 'x'));
      const of = await listen((await stage.open()).replies);
      await stage.store.redactMessage(aRedaction({ sessionId, agentId: 'a', position: 0 }, '-'));
      await eventually(() => expect(of(replyId)).toEqual([{ replyId, sessionId }]));
    });

    it('ends when it is asked to', async () => {
      const end = new AbortController();
      const batches = own().feed(end.signal)[Symbol.asyncIterator]();
      await batches.next();
      const next = batches.next();
      end.abort();
      await next;
      expect((await batches.next()).done).toBe(true);
    });
  });
}
