import { describe, expect, it } from 'vitest';
import type { HeldEvent, WebhookProgress } from '../../../src/domain/webhook-store.js';
import { type StoreSetup, useStage } from './stage.js';

const at = (minute: number) => new Date(Date.UTC(2026, 0, 5, 10, minute));

const anEvent = (position: string, sessionId: string | null = 's1') => ({
  id: `msg_${position}`,
  type: 'message.added' as const,
  position,
  at: at(0).getTime(),
  sessionId,
  sessionCreatedAt: null,
  agentId: 'a',
  index: 0,
  reason: null,
});

const held = (position: string, given: Partial<HeldEvent> = {}): HeldEvent => ({
  event: anEvent(position),
  since: at(1),
  attempts: 1,
  dueAt: at(2),
  failure: 'HTTP 500',
  deadAt: null,
  ...given,
});

const progress = (endpoint: string, given: Partial<WebhookProgress> = {}): WebhookProgress => ({
  endpoint,
  holder: 'one',
  cursor: '05',
  put: [],
  remove: [],
  erased: [],
  deliveredAt: null,
  disabled: null,
  ...given,
});

export function webhookSentences(setup: StoreSetup): void {
  describe('webhooks', () => {
    const stage = useStage(setup);
    let serial = 0;
    /** An endpoint of its own, begun by `one`, and the port of another process. */
    const begun = async () => {
      const endpoint = `endpoint-${++serial}`;
      const { webhooks } = stage.opened;
      await webhooks.begin({ endpoint, holder: 'one', cursor: '01' });
      const other = (await stage.open()).webhooks;
      return { endpoint, webhooks, other };
    };

    it('begin where they are told to, and go on where they stopped', async () => {
      const { endpoint, webhooks, other } = await begun();
      expect(await webhooks.mark(endpoint)).toEqual({ cursor: '01', disabled: null, revision: 0 });
      expect(await webhooks.save(progress(endpoint, { cursor: '05' }))).toBe(0);
      const mark = await other.begin({ endpoint, holder: 'two', cursor: '09' });
      expect(mark).toEqual({ cursor: '05', disabled: null, revision: 0 });
      expect(await webhooks.mark('nobody')).toBeNull();
    });

    it('are made once where several begin at once', async () => {
      const endpoint = 'raced';
      const instances = [stage.opened, await stage.open(), await stage.open()];
      const marks = await Promise.all(
        instances.map(({ webhooks }, index) =>
          webhooks.begin({ endpoint, holder: `h${index}`, cursor: `0${index}` }),
        ),
      );
      expect(new Set(marks.map(({ cursor }) => cursor)).size).toBe(1);
    });

    it('save nothing of whoever was replaced', async () => {
      const { endpoint, webhooks, other } = await begun();
      await other.begin({ endpoint, holder: 'two', cursor: '01' });
      expect(await webhooks.save(progress(endpoint, { cursor: '07', put: [held('06')] }))).toBeNull();
      expect(await webhooks.mark(endpoint)).toMatchObject({ cursor: '01' });
      expect(await webhooks.held(endpoint)).toEqual({ waiting: [], dead: [] });
      expect(await other.save(progress(endpoint, { holder: 'two' }))).toBe(0);
      expect(await other.save(progress('unknown'))).toBeNull();
    });

    it('keep what is held, in the order of positions, until it is removed', async () => {
      const { endpoint, webhooks, other } = await begun();
      await webhooks.begin({ endpoint: `${endpoint}0`, holder: 'one', cursor: '01' });
      await webhooks.save(progress(`${endpoint}0`, { put: [held('02')] }));
      const unheard = held('04', { event: anEvent('04', null), attempts: 0, failure: null });
      await webhooks.save(progress(endpoint, { put: [held('06'), unheard] }));
      expect(await other.held(endpoint)).toEqual({ waiting: [unheard, held('06')], dead: [] });
      const again = held('06', { attempts: 2, dueAt: at(9), failure: 'timeout' });
      await webhooks.save(progress(endpoint, { put: [again], remove: ['04'] }));
      expect(await other.held(endpoint)).toEqual({ waiting: [again], dead: [] });
      expect(await other.held(`${endpoint}0`)).toEqual({ waiting: [held('02')], dead: [] });
    });

    it('give all of many that they hold, once and in order', async () => {
      const { endpoint, webhooks, other } = await begun();
      const all = Array.from({ length: 450 }, (_, index) =>
        held(`${1_000 + index}`, index % 3 === 0 ? { deadAt: at(5) } : {}),
      );
      await webhooks.save(progress(endpoint, { put: all }));
      const waiting = all.filter(({ deadAt }) => deadAt === null);
      const dead = all.filter(({ deadAt }) => deadAt !== null).map(({ event }) => event.position);
      expect(await other.held(endpoint)).toEqual({ waiting, dead });
    });

    it('show how they are', async () => {
      const { endpoint, webhooks, other } = await begun();
      const put = [
        held('02', { attempts: 0, failure: null }),
        held('03', { failure: 'HTTP 503' }),
        held('04', { deadAt: at(5) }),
      ];
      await webhooks.save(progress(endpoint, { put, deliveredAt: at(4), disabled: 'HTTP 410' }));
      const state = {
        endpoint,
        cursor: '05',
        disabled: 'HTTP 410',
        revision: 0,
        deliveredAt: at(4),
        waiting: 2,
        dead: 1,
        failure: 'HTTP 503',
      };
      const states = await other.list();
      expect(states.find((one) => one.endpoint === endpoint)).toEqual(state);
      expect(states.map((one) => one.endpoint)).toEqual(states.map((one) => one.endpoint).toSorted());
      await webhooks.save(progress(endpoint));
      expect((await other.list()).find((one) => one.endpoint === endpoint)).toEqual(state);
      expect(await other.enable(endpoint)).toBe(true);
      expect(await webhooks.mark(endpoint)).toEqual({ cursor: '05', disabled: null, revision: 1 });
      expect(await other.enable('nobody')).toBe(false);
    });

    it('show dead letters page by page, and let them wait again or go', async () => {
      const { endpoint, webhooks, other } = await begun();
      const dead = ['02', '03', '04', '05'].map((position) => held(position, { deadAt: at(5) }));
      await webhooks.save(progress(endpoint, { put: [...dead, held('06')] }));
      const page = (after: string | null) => other.deadLetters({ endpoint, after, limit: 2 });
      expect(await page(null)).toEqual(dead.slice(0, 2));
      expect(await page('03')).toEqual(dead.slice(2));
      expect(await page('05')).toEqual([]);
      const ids = ['msg_03', 'msg_06', 'msg_99'];
      expect(await other.revive({ endpoint, ids, now: at(8) })).toEqual([anEvent('03')]);
      const revived = { since: at(8), dueAt: at(8), attempts: 0, failure: null };
      expect(await webhooks.held(endpoint)).toEqual({
        waiting: [held('03', revived), held('06')],
        dead: ['02', '04', '05'],
      });
      expect(await other.discard({ endpoint, ids: ['msg_04', 'msg_06'] })).toEqual([anEvent('04')]);
      expect(await webhooks.mark(endpoint)).toMatchObject({ revision: 2 });
      expect(await other.discard({ endpoint, ids: ['msg_04'] })).toEqual([]);
      expect(await other.revive({ endpoint, ids: null, now: at(9) })).toEqual([anEvent('02'), anEvent('05')]);
      expect(await other.discard({ endpoint, ids: null })).toEqual([]);
      expect(await webhooks.mark(endpoint)).toMatchObject({ revision: 3 });
    });

    it('lose the dead letters of sessions that are gone, and nothing else', async () => {
      const { endpoint, webhooks } = await begun();
      const ofSession = (position: string, sessionId: string | null, deadAt: Date | null) =>
        held(position, { event: anEvent(position, sessionId), deadAt });
      const put = [
        ofSession('02', 'gone', at(5)),
        ofSession('03', 'stays', at(5)),
        ofSession('04', 'gone', null),
        ofSession('05', null, at(5)),
      ];
      await webhooks.save(progress(endpoint, { put }));
      const erasing = progress(endpoint, { erased: ['gone', 'other'] });
      expect(await webhooks.save(erasing)).toBe(1);
      expect(await webhooks.save(erasing)).toBe(0);
      expect(await webhooks.held(endpoint)).toEqual({ waiting: [put[2]], dead: ['03', '05'] });
    });

    it('are forgotten with all that they hold', async () => {
      const { endpoint, webhooks, other } = await begun();
      await webhooks.save(progress(endpoint, { put: [held('02'), held('03', { deadAt: at(5) })] }));
      expect(await other.forget(endpoint)).toBe(true);
      expect(await other.forget(endpoint)).toBe(false);
      expect(await webhooks.save(progress(endpoint, { put: [held('04')] }))).toBeNull();
      expect(await webhooks.held(endpoint)).toEqual({ waiting: [], dead: [] });
      expect(await webhooks.begin({ endpoint, holder: 'one', cursor: '08' })).toMatchObject({ cursor: '08' });
    });

    it('are not there once the store is closed', async () => {
      const { webhooks, close } = await stage.open();
      await close();
      const closed = { code: 'STORE_UNAVAILABLE' };
      await expect(webhooks.list()).rejects.toMatchObject(closed);
      await expect(webhooks.save(progress('any'))).rejects.toMatchObject(closed);
    });
  });
}
