import { describe, expect, it } from 'vitest';
import { ParleyError } from '../../../src/domain/errors.js';
import { createSlowReader, type FollowDeps } from '../../../src/domain/live/follow.js';
import { followActivity } from '../../../src/domain/live/follow-activity.js';
import type { LiveEvent } from '../../../src/domain/live/live-events.js';
import { createOpenReplies, type OpenReply } from '../../../src/domain/replies/open-replies.js';
import { HistoryLost } from '../../../src/domain/sessions/session-store.js';
import { aPart, aReply } from '../../stores/contract/inputs.js';
import { emptyDatabase } from '../../stores/memory/database.js';
import { openMemoryStore } from '../../stores/memory/open-memory-store.js';
import { oneByOne } from '../../support/one-by-one.js';
import { createStage, inShort, settled, take } from './stage.js';

const seen = async (events: AsyncGenerator<LiveEvent>, count: number) =>
  (await take(events, count)).map(inShort);

/** A reply of `b` that everybody is told of. */
async function withReply() {
  const { replies: store } = openMemoryStore(emptyDatabase());
  await store.start(aReply('s', 'b', 'r', { createIfMissing: {} }));
  const open = createOpenReplies(store, { now: () => 0, most: 1_000_000 });
  await open.open('r');
  return createStage({ replies: { open, list: store.list } });
}

describe('a follower of a session', () => {
  it('that is gone with the history is told so, and completes', async () => {
    const { fake, follow } = await createStage();
    fake.createSession('s');
    const events = follow('s');
    await take(events, 1);
    fake.deleteSession('s');
    fake.interrupt(new HistoryLost('gone'));
    expect(await seen(events, 5)).toEqual(['Resync HISTORY_GONE', 'SessionDeleted']);
  });

  it('that was made anew while the history was lost is told so at once, and not when it comes back', async () => {
    const { fake, follow } = await createStage();
    fake.createSession('s');
    fake.append('s', 'a', 'old', 'older');
    const events = follow('s');
    await take(events, 1);
    fake.deleteSession('s');
    fake.createSession('s');
    fake.append('s', 'a', 'new');
    fake.interrupt(new HistoryLost('gone'));
    const told = await take(events, 3);
    expect(told.map(inShort)).toEqual([
      'Resync HISTORY_GONE',
      'Resync SESSION_RECREATED',
      'MessageAdded a new',
    ]);
    expect(await take(follow('s', { after: told.at(-1)?.cursor ?? null }), 1)).toMatchObject([
      { type: 'Ready', resumed: true },
    ]);
  });

  it('that was made, removed and made again before it was shown is that one from then on', async () => {
    const { fake, follow } = await createStage();
    const events = follow('s');
    await take(events, 1);
    fake.createSession('s');
    fake.append('s', 'a', 'old', 'older');
    fake.deleteSession('s');
    fake.createSession('s');
    fake.append('s', 'a', 'new');
    fake.deliver();
    const told = await take(events, 2);
    expect(told.map(inShort)).toEqual(['SessionCreated', 'MessageAdded a new']);
    fake.append('s', 'a', 'next');
    fake.deliver();
    const [next] = await take(events, 1);
    expect(next && inShort(next)).toBe('MessageAdded a next');
    expect(await take(follow('s', { after: next?.cursor ?? null }), 1)).toMatchObject([
      { type: 'Ready', resumed: true },
    ]);
  });

  it('that is gone again before it has been looked at is told so, and completes', async () => {
    const { fake, follow, deps } = await createStage();
    fake.createSession('s');
    const [ready] = await take(follow('s'), 1);
    fake.deleteSession('s');
    fake.createSession('s');
    const { session } = deps.loads;
    let looks = 0;
    deps.loads.session = async (...asked) => {
      const found = await session(...asked);
      if (++looks === 1) fake.deleteSession('s');
      return found;
    };
    const told = await seen(follow('s', { after: ready?.cursor ?? null }), 5);
    expect(told).toEqual(['Ready without session', 'SessionDeleted']);
  });

  it('that was made anew is told nothing of replies of the one before', async () => {
    const { fake, follow } = await withReply();
    fake.createSession('s');
    const told = await take(follow('s', { replies: true }), 2);
    expect(told.map(inShort)).toEqual(['Ready', 'ReplyStarted']);
    fake.deleteSession('s');
    fake.createSession('s');
    fake.deliver();
    await settled();
    const events = follow('s', { replies: true, after: told.at(-1)?.cursor ?? null });
    expect(await seen(events, 3)).toEqual(['Ready', 'Resync SESSION_RECREATED', 'ReplyStarted']);
  });
});

it('a reply in memory of a session that is gone is not told to those who follow the next one of its id', async () => {
  const { replies: store, sessions } = openMemoryStore(emptyDatabase());
  await store.start(aReply('s', 'b', 'r', { createIfMissing: {}, now: new Date(0), durability: 'batched' }));
  const open = createOpenReplies(store, { now: () => 0, most: 1_000_000 });
  const old = await open.open('r');
  await sessions.deleteSession('s', new Date(1));
  const { fake, follow } = await createStage({ replies: { open, list: store.list } });
  fake.createSession('s');
  const events = follow('s', { replies: true });
  await take(events, 1);
  open.write(old as OpenReply, [aPart(0, 'of the session before')]);
  fake.append('s', 'a', 'new');
  fake.deliver();
  expect(await seen(events, 1)).toEqual(['MessageAdded a new']);
});

it.each([
  ['that began before the session', {}],
  ['of a session that may move out of reach', { reach: { metadata: { user: 'u' } } }],
])('a reply of another agent than is followed, %s, is not read again and again', async (_which, limits) => {
  const { replies: store } = openMemoryStore(emptyDatabase());
  await store.start(aReply('s', 'b', 'r', { createIfMissing: {}, now: new Date(0) }));
  const open = createOpenReplies(store, { now: () => 0, most: 1_000_000 });
  const old = await open.open('r');
  const { load } = store;
  let reads = 0;
  store.load = (ids) => {
    reads++;
    return load(ids);
  };
  const { fake, follow } = await createStage({ replies: { open, list: store.list } });
  fake.createSession('s');
  const events = follow('s', { replies: true, agentId: 'a', only: 'messages', ...limits });
  await take(events, 1);
  const next = events.next();
  open.write(old as OpenReply, [aPart(0, 'of another')]);
  for (let turn = 0; turn < 20; turn++) await settled();
  expect(reads).toBe(0);
  await events.return(undefined);
  await next;
});

it('who follows the activity is told that the history is gone, also where it was cut off before', async () => {
  const follow = (deps: FollowDeps, after: string | null) =>
    oneByOne(
      followActivity(deps, {
        filter: {},
        within: {},
        tellsDeletion: () => true,
        share: 'someone',
        after,
        reader: createSlowReader(),
        handOver: null,
      }),
    );
  const ahead = await createStage();
  for (const sessionId of ['s', 't', 'u']) ahead.fake.createSession(sessionId);
  ahead.fake.deliver();
  await settled();
  const [ready] = await take(follow(ahead.deps, null), 1);
  // The database was put back to an older state.
  const { deps } = await createStage();
  const [again] = await take(follow(deps, ready?.cursor ?? null), 1);
  expect(again).toMatchObject({ type: 'Ready', resumed: false });
  const told = await take(follow(deps, again?.cursor ?? null), 2);
  expect(told.map(inShort)).toEqual(['Ready', 'Resync HISTORY_GONE']);
  expect(await take(follow(deps, told[1]?.cursor ?? null), 1)).toMatchObject([
    { type: 'Ready', resumed: true },
  ]);
});

it('who is ready waits for the replies that cannot be listed just now', async () => {
  const { deps, fake, follow, endPauses } = await withReply();
  fake.createSession('s');
  const { list } = deps.replies;
  let fails = true;
  deps.replies.list = async (asked) => {
    if (fails) throw new ParleyError('STORE_UNAVAILABLE', 'It cannot be reached just now.');
    return list(asked);
  };
  const events = follow('s', { replies: true });
  await take(events, 1);
  const next = seen(events, 1);
  await settled();
  fails = false;
  await settled();
  endPauses();
  expect(await next).toEqual(['ReplyStarted']);
});

describe('a follower that has caught up with all but what its group has told', () => {
  it('waits for what comes, where the data does not have it: it would read without an end', async () => {
    const { fake, follow } = await createStage();
    fake.createSession('s');
    let hasCome = false;
    let joined = false;
    const events = follow('s', {
      handOver: {
        isBehind: () => false,
        // Of a session that is gone, as its group has not heard yet.
        lacking: () => (hasCome ? [] : ['a']),
        lackingReplies: () => [],
        join() {
          joined = true;
        },
      },
    });
    await take(events, 1);
    const next = events.next();
    for (let turn = 0; turn < 10; turn++) await settled();
    const reads = fake.calls.loadAgents ?? 0;
    for (let turn = 0; turn < 10; turn++) await settled();
    expect(fake.calls.loadAgents).toBe(reads);
    hasCome = true;
    fake.changeMetadata('s');
    fake.deliver();
    expect(inShort((await next).value as LiveEvent)).toBe('MetadataChanged');
    await events.next();
    expect(joined).toBe(true);
  });

  it('joins it where a cursor names the reply of another agent than is followed', async () => {
    const { fake, follow } = await withReply();
    fake.createSession('s');
    const [ready] = await take(follow('s', { agentId: 'a', replies: true }), 1);
    const place = Buffer.from(JSON.stringify([['r', 'b', 0, 0, 0, 0, 0]])).toString('base64url');
    let told: readonly string[] = ['r'];
    const events = follow('s', {
      agentId: 'a',
      replies: true,
      after: `${ready?.cursor}.${place}`,
      handOver: {
        isBehind: () => false,
        lacking: () => [],
        lackingReplies: ({ replies }) => [...replies.keys()],
        join({ replies }) {
          told = [...replies.keys()];
        },
      },
    });
    await take(events, 2);
    expect(told).toEqual([]);
  });
});
