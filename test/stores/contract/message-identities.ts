import { describe, expect, it } from 'vitest';
import type {
  AppendedMessage,
  NewMessage,
  SessionStore,
} from '../../../src/domain/sessions/session-store.js';
import { follow } from './feed.js';
import { anAppend, aRedaction, at, someMetrics } from './inputs.js';
import { everyReadOf, expectCode, readMessages, readSession, textOf } from './reads.js';
import { type StoreSetup, useStage } from './stage.js';

type Identities = Pick<NewMessage, 'clientId' | 'createdAt' | 'trackingId'>;

const said = (text: string, identities: Identities = {}) => ({ content: [{ text }], ...identities });
const named = (...ids: string[]) => ids.map((clientId) => said(`text of ${clientId}`, { clientId }));
const isNew = (messages: readonly AppendedMessage[]) => messages.map(({ known }) => known !== true);
const createIfMissing = {};

export function messageIdentitySentences(setup: StoreSetup): void {
  describe('a message with an identity of its own', () => {
    const stage = useStage(setup);
    const find = async (store: SessionStore, sessionId: string, clientId: string) =>
      (await store.loadMessages([{ sessionId, agentId: 'a', clientId }]))[0] ?? null;
    const texts = async (sessionId: string) => (await readMessages(stage.store, sessionId, 'a')).map(textOf);

    it('keeps clientId, trackingId and its own time, in every read', async () => {
      const sessionId = stage.id();
      const own = { clientId: 'c 1', trackingId: 'track', createdAt: at(3) };
      const append = anAppend(sessionId, 'a', [said('x', own), 'plain'], { createIfMissing, now: at(5) });
      const returned = await stage.store.appendMessages(append);
      expect(returned).toMatchObject([
        { ...own, updatedAt: at(3) },
        { clientId: null, trackingId: null, createdAt: at(5) },
      ]);
      expect(await readMessages(stage.neighbour, sessionId, 'a')).toEqual(returned);
      expect(await stage.neighbour.loadMessages([{ sessionId, agentId: 'a', position: 0 }])).toEqual([
        returned[0],
      ]);
      expect(await readSession(stage.store, sessionId)).toMatchObject({ updatedAt: at(5) });
    });

    it('is found by its clientId, in its own agent alone', async () => {
      const sessionId = stage.id();
      await stage.store.appendMessages(
        anAppend(sessionId, 'a', ['zero', ...named('7', 'x')], { createIfMissing }),
      );
      await stage.store.appendMessages(anAppend(sessionId, 'b', named('other'), { createIfMissing }));
      expect(await find(stage.store, sessionId, 'x')).toMatchObject({ position: 2, clientId: 'x' });
      expect(await find(stage.neighbour, sessionId, '7')).toMatchObject({ position: 1, messageId: 1 });
      for (const missing of ['other', 'X', '1', '$x', '']) {
        expect(await find(stage.store, sessionId, missing)).toBeNull();
      }
    });

    it('is not read for an append that brings far less than what stands under its names', async () => {
      const sessionId = stage.id();
      const large = 'x'.repeat(4_700_000);
      const [one, other] = [said(large, { clientId: 'one' }), said(large, { clientId: 'other' })];
      const whole = anAppend(sessionId, 'a', [one, other], { createIfMissing });
      await stage.store.appendMessages(whole);
      const short = anAppend(sessionId, 'a', [...named('one', 'other'), 'more']);
      await expectCode(stage.store.appendMessages(short), 'QUERY_TOO_COMPLEX');
      expect(await readSession(stage.store, sessionId)).toMatchObject({ messageCount: 2 });
      // One that brings as much is answered, with its key and without.
      for (const again of [whole, anAppend(sessionId, 'a', [one, other])])
        expect((await stage.store.appendMessages(again)).map(({ position }) => position)).toEqual([0, 1]);
    });

    it('is addressed by it in other writes', async () => {
      const sessionId = stage.id();
      await stage.store.appendMessages(
        anAppend(sessionId, 'a', ['zero', ...named('x')], { createIfMissing }),
      );
      const address = { sessionId, agentId: 'a', clientId: 'x' };
      await stage.store.recordMetrics(someMetrics(address, { custom: 1 }));
      const redacted = await stage.store.redactMessage(aRedaction(address, '[gone]', { now: at(1) }));
      expect(redacted).toMatchObject({
        position: 1,
        clientId: 'x',
        redacted: true,
        eventLoopMetrics: { custom: 1 },
      });
      const missing = { ...address, clientId: 'y' };
      await expectCode(stage.store.recordMetrics(someMetrics(missing, {})), 'MESSAGE_NOT_FOUND');
      await expectCode(stage.store.redactMessage(aRedaction(missing, '-')), 'MESSAGE_NOT_FOUND');
    });

    it('loses its trackingId with its content, and keeps its clientId', async () => {
      const sessionId = stage.id();
      const own = said('x', { clientId: 'c', trackingId: 't' });
      await stage.store.appendMessages(anAppend(sessionId, 'a', [own], { createIfMissing }));
      await stage.store.redactMessage(aRedaction({ sessionId, agentId: 'a', position: 0 }, '-'));
      expect(await find(stage.neighbour, sessionId, 'c')).toMatchObject({ clientId: 'c', trackingId: null });
    });

    it('is added once: a batch that overlaps an earlier one adds what is new, and returns all', async () => {
      const sessionId = stage.id();
      await stage.store.appendMessages(anAppend(sessionId, 'a', named('1', '2'), { createIfMissing }));
      const feed = await follow(stage.store);
      for (const store of [stage.neighbour, stage.store])
        await store.appendMessages(anAppend(sessionId, 'a', named('2')));
      const overlap = anAppend(sessionId, 'a', [...named('2'), 'plain', ...named('3')], {
        createIfMissing,
        now: at(1),
      });
      const returned = await stage.neighbour.appendMessages(overlap);
      expect(returned.map(({ position }) => position)).toEqual([1, 2, 3]);
      expect(isNew(returned)).toEqual([false, true, true]);
      expect(await texts(sessionId)).toEqual(['text of 1', 'text of 2', 'plain', 'text of 3']);
      expect((await feed.of(sessionId)).filter(({ kind }) => kind === 'message-added')).toHaveLength(2);
    });

    it('says the same of what was new when the append is repeated with its key', async () => {
      const sessionId = stage.id();
      await stage.store.appendMessages(anAppend(sessionId, 'a', named('1'), { createIfMissing }));
      const overlap = anAppend(sessionId, 'a', [...named('1'), 'plain', ...named('2')], { now: at(1) });
      const returned = await stage.store.appendMessages(overlap);
      await stage.store.appendMessages(anAppend(sessionId, 'a', ['later']));
      expect(await stage.neighbour.appendMessages(overlap)).toEqual(returned);
      expect(await texts(sessionId)).toEqual(['text of 1', 'plain', 'text of 2', 'later']);
    });

    it.each<[string, NewMessage | object]>([
      ['text', { content: [{ text: 'other' }] }],
      ['role', { role: 'assistant' }],
      ['metadata', { metadata: { usage: { inputTokens: 1 } } }],
      ['trackingId', { trackingId: 'other' }],
      ['time', { createdAt: at(-9) }],
    ])('is IDEMPOTENCY_CONFLICT with another %s, and nothing of the batch is written', async (_, other) => {
      const sessionId = stage.id();
      await stage.store.appendMessages(anAppend(sessionId, 'a', named('1'), { createIfMissing }));
      const batch = ['before', { ...said('text of 1', { clientId: '1' }), ...other }, ...named('2')];
      await expectCode(stage.store.appendMessages(anAppend(sessionId, 'a', batch)), 'IDEMPOTENCY_CONFLICT');
      await expectCode(
        stage.neighbour.appendMessages(anAppend(sessionId, 'a', batch)),
        'IDEMPOTENCY_CONFLICT',
      );
      expect(await texts(sessionId)).toEqual(['text of 1']);
    });

    it('counts as equal once it is redacted, and shows what replaced it', async () => {
      const sessionId = stage.id();
      await stage.store.appendMessages(
        anAppend(sessionId, 'a', [said('xyzzy', { clientId: '1' })], { createIfMissing }),
      );
      await stage.store.redactMessage(aRedaction({ sessionId, agentId: 'a', position: 0 }, '[gone]'));
      const again = await stage.store.appendMessages(
        anAppend(sessionId, 'a', [said('xyzzy', { clientId: '1' }), 'y']),
      );
      expect(again.map(textOf)).toEqual(['[gone]', 'y']);
      expect(await everyReadOf(stage.store, sessionId)).not.toContain('xyzzy');
    });

    it('is added once by batches that overlap at the same time', async () => {
      const sessionId = stage.id();
      const stores = [stage.store, stage.neighbour];
      const results = await Promise.all(
        Array.from({ length: 8 }, (_, n) =>
          (stores[n % 2] ?? stage.store).appendMessages(
            anAppend(sessionId, 'a', [...named('1', '2'), `own ${n}`], { createIfMissing }),
          ),
        ),
      );
      const ids = (await readMessages(stage.store, sessionId, 'a')).map(({ clientId }) => clientId);
      expect(ids.filter((id) => id !== null).sort()).toEqual(['1', '2']);
      expect(ids).toHaveLength(10);
      expect(results.flatMap(isNew).filter(Boolean)).toHaveLength(10);
    });

    it('keeps the order of appending, whatever time it brings', async () => {
      const sessionId = stage.id();
      const minutes = [3, 1, 2];
      const batch = minutes.map((minute) => said(`${minute}`, { createdAt: at(minute) }));
      await stage.store.appendMessages(anAppend(sessionId, 'a', batch, { createIfMissing, now: at(9) }));
      await stage.neighbour.appendMessages(
        anAppend(sessionId, 'a', [said('0', { createdAt: at(0) }), 'now'], { now: at(9) }),
      );
      const messages = await readMessages(stage.store, sessionId, 'a');
      expect(messages.map(textOf)).toEqual(['3', '1', '2', '0', 'now']);
      expect(messages.map(({ createdAt }) => createdAt)).toEqual([...minutes, 0, 9].map(at));
      expect(messages.map(({ updatedAt }) => updatedAt)).toEqual([3, 3, 3, 3, 9].map(at));
    });
  });
}
