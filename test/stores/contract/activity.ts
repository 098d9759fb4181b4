import { describe, expect, it, onTestFinished } from 'vitest';
import type { Reach } from '../../../src/domain/access/policy.js';
import { pause } from '../../../src/domain/async/pause.js';
import type { ChangeHubOptions } from '../../../src/domain/live/change-hub.js';
import { createSlowReader, type FollowDeps } from '../../../src/domain/live/follow.js';
import { guardedLive } from '../../../src/domain/live/guarded-live.js';
import type { LiveEvent } from '../../../src/domain/live/live-events.js';
import { createLiveLoads } from '../../../src/domain/live/live-loads.js';
import type { SessionFilter, SessionStore } from '../../../src/domain/sessions/session-store.js';
import { createCursorCodec } from '../../../src/graphql/cursor.js';
import { noReplies } from '../../support/no-replies.js';
import { runningHub } from '../../support/running-hub.js';
import { aFeedback, anAgent, anAppend, aSession, at, setting } from './inputs.js';
import { type StoreSetup, useStage } from './stage.js';

/** The live half of a server over a store, until the test ends. */
async function liveOver(store: SessionStore, special: Partial<ChangeHubOptions> = {}) {
  const hub = await runningHub(store, special);
  onTestFinished(() => hub.close());
  const deps: FollowDeps = {
    store,
    hub,
    loads: createLiveLoads(store),
    replies: noReplies(),
    pause,
    random: Math.random,
    cursors: createCursorCodec(Buffer.alloc(32, 7)),
  };
  return (filter: SessionFilter, after: string | null = null, reach: Reach = {}) => {
    const live = guardedLive(deps, { scopes: new Set(['read']), reach }, null);
    const events = (async function* (): AsyncGenerator<LiveEvent> {
      const all = await live.activity({
        filter,
        after,
        reader: createSlowReader(),
        handOver: null,
        share: 'someone',
      });
      for await (const some of all) yield* some;
    })();
    onTestFinished(() => void events.return(undefined));
    return events;
  };
}

const inShort = (event: LiveEvent) =>
  event.type === 'SessionChanged'
    ? `changed ${event.session.sessionId}`
    : 'sessionId' in event
      ? `${event.type} ${event.sessionId}`
      : event.type;

/** All events up to the change of this session, which is written last. */
async function until(events: AsyncGenerator<LiveEvent>, sessionId: string): Promise<LiveEvent[]> {
  const told: LiveEvent[] = [];
  for (let last = ''; last !== `changed ${sessionId}`; last = inShort(told.at(-1) as LiveEvent)) {
    const next = await events.next();
    if (next.done) break;
    told.push(next.value);
  }
  return told;
}

export function activitySentences(setup: StoreSetup): void {
  describe('the activity of the sessions that match a filter', () => {
    const stage = useStage(setup);
    const open: SessionFilter = {
      applicationName: 'shop',
      metadata: [{ path: 'status', equals: 'open' }],
    };

    /** Sessions of the application, with this status each. */
    async function sessions<Name extends string>(statuses: Record<Name, string>, applicationName = 'shop') {
      const ids = {} as Record<Name, string>;
      for (const name of Object.keys(statuses) as Name[]) {
        ids[name] = stage.id();
        await stage.store.createSession(
          aSession(ids[name], { applicationName, metadata: { status: statuses[name] } }),
        );
      }
      return ids;
    }
    const setStatus = (sessionId: string, status: string) =>
      stage.neighbour.changeMetadata(setting(sessionId, { status }));

    it('tells of a session that no longer matches, and not of those that were never part of it', async () => {
      const { leaves, stays, end } = await sessions({ leaves: 'open', stays: 'open', end: 'open' });
      const { foreign } = await sessions({ foreign: 'open' }, 'other');
      const follow = await liveOver(stage.store);
      const events = follow(open);
      expect((await events.next()).value.type).toBe('Ready');
      await setStatus(foreign, 'closed');
      await setStatus(leaves, 'closed');
      await stage.neighbour.appendMessages(anAppend(leaves, 'a', ['no part of it'], { createIfMissing: {} }));
      await stage.neighbour.appendMessages(anAppend(stays, 'a', ['0'], { createIfMissing: {} }));
      await setStatus(end, 'open');
      await stage.neighbour.addFeedback(aFeedback(end, 'up'));
      const told = new Set((await until(events, end)).map(inShort));
      expect(told).toEqual(new Set([`SessionLeft ${leaves}`, `changed ${stays}`, `changed ${end}`]));
    });

    it('tells who comes back with a cursor of each session that left meanwhile, from any event on', async () => {
      const ids = await sessions({ one: 'open', two: 'open', three: 'open', end: 'open' });
      const follow = await liveOver(stage.store);
      const ready = (await follow(open).next()).value as LiveEvent;
      await setStatus(ids.one, 'closed');
      await setStatus(ids.two, 'closed');
      await stage.neighbour.addFeedback(aFeedback(ids.three, 'up'));
      // Later than the change that took it out, and none that could: a cursor between the two must not pass it by.
      await stage.neighbour.appendMessages(anAppend(ids.one, 'a', ['0'], { createIfMissing: {} }));
      await stage.neighbour.addFeedback(aFeedback(ids.end, 'up'));

      const elsewhere = await liveOver(stage.neighbour);
      const expected = [
        `SessionLeft ${ids.one}`,
        `SessionLeft ${ids.two}`,
        `changed ${ids.three}`,
        `changed ${ids.end}`,
      ];
      for (let cursor = ready.cursor, left = expected; left.length > 0; left = left.slice(1)) {
        const [again, ...told] = await until(elsewhere(open, cursor), ids.end);
        expect(again).toMatchObject({ type: 'Ready', resumed: true });
        expect(told.map(inShort)).toEqual(left);
        cursor = told[0]?.cursor ?? '';
      }
    });

    it('tells of one that has left and come back as of one that changed', async () => {
      const { back, end } = await sessions({ back: 'open', end: 'open' });
      const follow = await liveOver(stage.store);
      const ready = (await follow(open).next()).value as LiveEvent;
      await setStatus(back, 'closed');
      await setStatus(back, 'open');
      await stage.neighbour.addFeedback(aFeedback(end, 'up'));
      const [, ...told] = await until(follow(open, ready.cursor), end);
      // More than once where its two changes come by apart.
      expect([...new Set(told.map(inShort))]).toEqual([`changed ${back}`, `changed ${end}`]);
    });

    it.each<[string, SessionFilter, (sessionId: string) => Promise<unknown>]>([
      [
        'a feedback, where there must be none such',
        { not: { feedbackRating: 'down' } },
        (id) => stage.neighbour.addFeedback(aFeedback(id, 'down')),
      ],
      [
        'an agent, where it must have none such',
        { not: { agentIds: ['bot'] } },
        (id) => stage.neighbour.upsertAgent(anAgent(id, 'bot', { model: 'm' })),
      ],
      [
        'a message of an agent that it must not have',
        { not: { agentIds: ['bot'] } },
        (id) => stage.neighbour.appendMessages(anAppend(id, 'bot', ['0'], { createIfMissing: {} })),
      ],
      [
        'a message, where it must have changed long ago',
        { or: [{ updatedAt: { lt: at(30) } }, { sessionType: 'none' }] },
        (id) =>
          stage.neighbour.appendMessages(anAppend(id, 'a', ['0'], { createIfMissing: {}, now: at(31) })),
      ],
      [
        'metadata that is removed',
        { metadata: [{ path: 'status', exists: true }] },
        (id) => stage.neighbour.changeMetadata({ ...setting(id, {}), unset: ['status'] }),
      ],
    ])('tells of one that is taken out by %s', async (_what, condition, change) => {
      const { leaves, end } = await sessions({ leaves: 'open', end: 'open' });
      const follow = await liveOver(stage.store);
      const filter = { and: [{ sessionIds: [leaves, end] }, condition] };
      const events = follow(filter);
      await events.next();
      await change(leaves);
      await stage.neighbour.changeMetadata(setting(end, { end: true }));
      expect((await until(events, end)).map(inShort)).toEqual([`SessionLeft ${leaves}`, `changed ${end}`]);
    });

    it('names none beyond the reach of who follows', async () => {
      const { mine, end } = await sessions({ mine: 'open', end: 'open' });
      const { theirs } = await sessions({ theirs: 'open' });
      for (const id of [mine, end]) await stage.store.changeMetadata(setting(id, { user: 'me' }));
      await stage.store.changeMetadata(setting(theirs, { user: 'they' }));
      const follow = await liveOver(stage.store);
      const events = follow({ metadata: [{ path: 'status', equals: 'open' }] }, null, {
        metadata: { user: 'me' },
      });
      await events.next();
      await setStatus(theirs, 'closed');
      await setStatus(mine, 'closed');
      await setStatus(end, 'reopened');
      await setStatus(end, 'open');
      const told = (await until(events, end)).map(inShort);
      expect(told).toContain(`SessionLeft ${mine}`);
      expect(told.join()).not.toContain(theirs);
    });

    it('is told whole to who has not looked at it yet when more has happened than is queued', async () => {
      const { store } = stage;
      const follow = await liveOver(store, { queueLimit: 2 });
      const ids = Array.from({ length: 9 }, () => stage.id());
      const filter = { sessionIds: ids };
      const [late, witness] = [follow(filter), follow(filter)];
      expect((await late.next()).value).toMatchObject({ type: 'Ready' });
      expect((await witness.next()).value).toMatchObject({ type: 'Ready' });
      // From now on both wait for what is live.
      const first = [late.next(), witness.next()];
      for (const [index, id] of ids.entries()) {
        await store.createSession(aSession(id, { now: at(index) }));
        if (index === 0)
          expect((await Promise.all(first)).map(({ value }) => inShort(value))).toEqual([
            `changed ${id}`,
            `changed ${id}`,
          ]);
      }
      const rest = ids.slice(1).map((id) => `changed ${id}`);
      expect((await until(witness, ids.at(-1) as string)).map(inShort)).toEqual(rest);
      expect((await until(late, ids.at(-1) as string)).map(inShort)).toEqual(rest);
    });

    it('without a filter is left by none', async () => {
      const { one, end } = await sessions({ one: 'open', end: 'open' });
      const follow = await liveOver(stage.store);
      const events = follow({});
      await events.next();
      await setStatus(one, 'closed');
      await stage.store.deleteSession(one, at(1));
      await setStatus(end, 'closed');
      const told = (await until(events, end)).map(inShort);
      expect(told.filter((text) => !text.startsWith('changed'))).toEqual([`SessionDeleted ${one}`]);
    });
  });
}
