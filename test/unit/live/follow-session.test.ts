import { describe, expect, it } from 'vitest';
import { ParleyError } from '../../../src/domain/errors.js';
import { createSlowReader } from '../../../src/domain/live/follow.js';
import type { LiveEvent } from '../../../src/domain/live/live-events.js';
import { HistoryLost } from '../../../src/domain/sessions/session-store.js';
import { createStage, inShort, settled, take } from './stage.js';

const seen = async (events: AsyncGenerator<LiveEvent>, count: number) =>
  (await take(events, count)).map(inShort);

describe('a follower of a session', () => {
  it('is told Ready, then each change in its order', async () => {
    const { fake, follow } = await createStage();
    fake.createSession('s');
    fake.deliver();
    await settled();
    const events = follow('s');
    expect(await seen(events, 1)).toEqual(['Ready']);
    fake.append('s', 'a', 'one', 'two');
    fake.changeMetadata('s');
    fake.redact('s', 'a', 0);
    fake.deliver();
    expect(await seen(events, 4)).toEqual([
      'MessageAdded a [gone]',
      'MessageAdded a two',
      'MetadataChanged',
      'MessageUpdated a [gone]',
    ]);
  });

  it('may follow a session that does not exist yet', async () => {
    const { fake, follow } = await createStage();
    const events = follow('s');
    expect(await seen(events, 1)).toEqual(['Ready without session']);
    fake.createSession('s');
    fake.append('s', 'a', 'one');
    fake.deliver();
    expect(await seen(events, 2)).toEqual(['SessionCreated', 'MessageAdded a one']);
  });

  it('is not told again what it could read before Ready', async () => {
    const { fake, follow } = await createStage();
    fake.createSession('s');
    fake.append('s', 'a', 'one');
    const events = follow('s');
    expect(await seen(events, 1)).toEqual(['Ready']);
    fake.append('s', 'a', 'two');
    fake.deliver();
    expect(await seen(events, 1)).toEqual(['MessageAdded a two']);
  });

  it('completes after the session is deleted', async () => {
    const { fake, follow, hub } = await createStage();
    fake.createSession('s');
    const events = follow('s');
    await take(events, 1);
    fake.deleteSession('s');
    fake.deliver();
    expect(await seen(events, 5)).toEqual(['SessionDeleted']);
    expect(hub.status().followers).toBe(0);
  });

  it('ends at once when nobody listens any more, though it waits', async () => {
    const { fake, follow, hub } = await createStage();
    fake.createSession('s');
    const events = follow('s');
    await take(events, 1);
    const waiting = events.next();
    await settled();
    await events.return(undefined);
    expect((await waiting).done).toBe(true);
    expect(hub.status().followers).toBe(0);
  });

  it('asked for one agent hears of no other', async () => {
    const { fake, follow } = await createStage();
    fake.createSession('s');
    const events = follow('s', { agentId: 'a', only: 'messages' });
    await take(events, 1);
    fake.append('s', 'b', 'other');
    fake.changeMetadata('s');
    fake.append('s', 'a', 'mine');
    fake.deliver();
    expect(await seen(events, 1)).toEqual(['MessageAdded a mine']);
  });

  it('shares the load of a message with all who wait for it', async () => {
    const { fake, follow } = await createStage();
    fake.createSession('s');
    const all = Array.from({ length: 20 }, () => follow('s'));
    await Promise.all(all.map((events) => take(events, 1)));
    const next = all.map((events) => take(events, 1));
    await settled();
    fake.append('s', 'a', 'one');
    fake.deliver();
    await Promise.all(next);
    expect(fake.calls.loadMessages).toBe(1);
  });
});

describe('a follower that resumes by cursor', () => {
  it.each([
    ['from memory', 100],
    ['from the history of the store', 0],
  ])('gets what it missed in order, then live events (%s)', async (_from, ringSize) => {
    const { fake, follow } = await createStage({ ringSize });
    fake.createSession('s');
    const first = follow('s');
    await take(first, 1);
    fake.append('s', 'a', 'one');
    fake.deliver();
    const [one] = await take(first, 1);
    await first.return(undefined);
    fake.append('s', 'a', 'two');
    fake.append('s', 'b', 'three');
    fake.changeMetadata('s');
    fake.deliver();
    await settled();
    const again = follow('s', { after: one?.cursor ?? null });
    expect(await seen(again, 4)).toEqual([
      'Ready',
      'MessageAdded a two',
      'MessageAdded b three',
      'MetadataChanged',
    ]);
    fake.append('s', 'a', 'four');
    fake.deliver();
    expect(await seen(again, 1)).toEqual(['MessageAdded a four']);
  });

  it('is told Resync and given the missing messages where the history is gone', async () => {
    const { fake } = await createStage();
    fake.createSession('s');
    fake.append('s', 'a', 'one');
    const before = await createStage({ fake });
    const [ready] = await take(before.follow('s'), 1);
    fake.append('s', 'b', 'x');
    fake.append('s', 'a', 'two', 'three');
    fake.deliver();
    fake.prune();
    const { follow } = await createStage({ fake });
    const events = follow('s', { after: ready?.cursor ?? null });
    expect(await seen(events, 5)).toEqual([
      'Ready',
      'Resync HISTORY_GONE',
      'MessageAdded a two',
      'MessageAdded a three',
      'MessageAdded b x',
    ]);
    fake.append('s', 'a', 'four');
    fake.deliver();
    expect(await seen(events, 1)).toEqual(['MessageAdded a four']);
  });

  it('finds the history gone again where it left before it was given all', async () => {
    const { fake } = await createStage();
    fake.createSession('s');
    const [ready] = await take((await createStage({ fake })).follow('s'), 1);
    fake.append('s', 'a', 'one', 'two');
    fake.deliver();
    fake.prune();
    const { follow } = await createStage({ fake });
    const [, resync, one] = await take(follow('s', { after: ready?.cursor ?? null }), 3);
    expect(await seen(follow('s', { after: resync?.cursor ?? null }), 4)).toEqual([
      'Ready',
      'Resync HISTORY_GONE',
      'MessageAdded a one',
      'MessageAdded a two',
    ]);
    expect((await seen(follow('s', { after: one?.cursor ?? null }), 3)).at(-1)).toBe('MessageAdded a two');
  });

  it('is told which agent was rewritten', async () => {
    const { fake, follow } = await createStage();
    fake.createSession('s');
    fake.append('s', 'a', 'one', 'two');
    fake.append('s', 'b', 'other');
    const [ready] = await take(follow('s'), 1);
    fake.rewrite('s', 'a', 'new');
    fake.deliver();
    await settled();
    const events = follow('s', { after: ready?.cursor ?? null });
    expect(await seen(events, 2)).toEqual(['Ready', 'Resync AGENT_REWRITTEN a']);
    fake.append('s', 'a', 'next');
    fake.deliver();
    expect(await seen(events, 1)).toEqual(['MessageAdded a next']);
  });

  it('is told of no rewritten agent where the session is deleted while its place is looked at', async () => {
    const { fake, follow } = await createStage();
    fake.createSession('s');
    fake.append('s', 'a', 'one');
    const [ready] = await take(follow('s'), 1);
    const { loadMessages } = fake.store;
    fake.store.loadMessages = async (...asked) => {
      fake.deleteSession('s');
      fake.store.loadMessages = loadMessages;
      return loadMessages(...asked);
    };
    const events = follow('s', { after: ready?.cursor ?? null });
    expect(await seen(events, 1)).toEqual(['Ready']);
    fake.deliver();
    expect(await seen(events, 1)).toEqual(['SessionDeleted']);
  });

  it('is told that the session was made anew, also where it was cut off before', async () => {
    const { fake, follow } = await createStage();
    fake.createSession('s');
    fake.append('s', 'a', 'old');
    const [ready] = await take(follow('s'), 1);
    fake.deleteSession('s');
    fake.createSession('s');
    fake.append('s', 'a', 'new');
    fake.deliver();
    await settled();
    const [again] = await take(follow('s', { after: ready?.cursor ?? null }), 1);
    expect(again).toMatchObject({ type: 'Ready', resumed: false });
    // Who was cut off before it was told why it does not go on comes back with the cursor of Ready.
    const events = follow('s', { after: again?.cursor ?? null });
    expect(await seen(events, 2)).toEqual(['Ready', 'Resync SESSION_RECREATED']);
    fake.append('s', 'a', 'next');
    fake.deliver();
    expect(await seen(events, 1)).toEqual(['MessageAdded a next']);
  });

  it('is told that the session was deleted, and completes', async () => {
    const { fake, follow } = await createStage();
    fake.createSession('s');
    const [ready] = await take(follow('s'), 1);
    fake.deleteSession('s');
    fake.deliver();
    expect(await seen(follow('s', { after: ready?.cursor ?? null }), 5)).toEqual([
      'Ready without session',
      'SessionDeleted',
    ]);
  });

  it('at a process whose feed is behind gets nothing twice and nothing less', async () => {
    const behind = await createStage();
    const { fake } = behind;
    fake.createSession('s');
    fake.deliver();
    await settled();
    const ahead = await createStage({ fake });
    const first = ahead.follow('s');
    await take(first, 1);
    fake.append('s', 'a', 'one');
    fake.changeMetadata('s');
    fake.deliver(1);
    const all = await take(first, 2);
    const resumed = behind.follow('s', { after: all.at(-1)?.cursor ?? null });
    expect(await seen(resumed, 1)).toEqual(['Ready']);
    expect(behind.hub.position() < ahead.hub.position()).toBe(true);
    fake.append('s', 'a', 'two');
    fake.deliver();
    expect(await seen(resumed, 1)).toEqual(['MessageAdded a two']);
  });

  it('is told where the database was put back to an older state', async () => {
    const ahead = await createStage();
    ahead.fake.createSession('s');
    for (let count = 0; count < 9; count++) ahead.fake.changeMetadata('s');
    ahead.fake.deliver();
    await settled();
    const [ready] = await take(ahead.follow('s'), 1);
    const restored = await createStage();
    restored.fake.createSession('s');
    restored.fake.deliver();
    await settled();
    const events = restored.follow('s', { after: ready?.cursor ?? null });
    expect(await seen(events, 2)).toEqual(['Ready', 'Resync HISTORY_GONE']);
    restored.fake.changeMetadata('s');
    restored.fake.deliver();
    expect(await seen(events, 1)).toEqual(['MetadataChanged']);
  });

  it.each([
    ['damaged', (cursor: string) => `${cursor.slice(0, -4)}AAAA`],
    ['not a cursor at all', () => 'hello'],
    ['empty', () => ''],
    ['spelled otherwise', (cursor: string) => `${cursor}=`],
  ])('is refused where the cursor is %s', async (_what, spoil) => {
    const { fake, follow } = await createStage();
    fake.createSession('s');
    const [ready] = await take(follow('s'), 1);
    expect(() => follow('s', { after: spoil(ready?.cursor ?? '') })).toThrow(
      expect.objectContaining({ code: 'INVALID_CURSOR' }),
    );
  });

  it('is refused where the cursor is of another session, agent or subscription', async () => {
    const { fake, follow } = await createStage();
    fake.createSession('s');
    const [ready] = await take(follow('s'), 1);
    const after = ready?.cursor ?? null;
    for (const other of [
      () => follow('t', { after }),
      () => follow('s', { after, agentId: 'a' }),
      () => follow('s', { after, only: 'messages' }),
    ]) {
      expect(other).toThrow(expect.objectContaining({ code: 'INVALID_CURSOR' }));
    }
  });
});

describe('when the upstream fails', () => {
  it('followers are told Degraded and Restored, and delivery goes on where it stopped', async () => {
    const { fake, follow, endPauses, hub } = await createStage();
    fake.createSession('s');
    const events = follow('s');
    await take(events, 1);
    fake.breakDown(new ParleyError('STORE_UNAVAILABLE', 'The database cannot be reached.'));
    expect(await seen(events, 1)).toEqual(['Degraded']);
    expect(hub.status()).toMatchObject({ state: 'degraded', reason: 'The database cannot be reached.' });
    fake.append('s', 'a', 'one');
    fake.deliver();
    fake.repair();
    endPauses();
    expect(await seen(events, 2)).toEqual(['Restored', 'MessageAdded a one']);
    expect(hub.status().state).toBe('live');
  });

  it('a follower waits for a read that fails, and loses nothing', async () => {
    const { fake, follow, endPauses } = await createStage();
    fake.createSession('s');
    const events = follow('s');
    await take(events, 1);
    fake.append('s', 'a', 'one');
    fake.deliver();
    await settled();
    fake.breakDown(new ParleyError('STORE_UNAVAILABLE', 'down'));
    const next = seen(events, 1);
    await settled();
    fake.repair();
    for (let turn = 0; turn < 5; turn++) {
      endPauses();
      await settled();
    }
    expect(await next).toEqual(['MessageAdded a one']);
  });

  it('a history that is lost while they listen is said, and the messages come from the data', async () => {
    const { fake, follow } = await createStage();
    fake.createSession('s');
    const events = follow('s');
    await take(events, 1);
    fake.append('s', 'a', 'one');
    fake.deliver();
    fake.prune();
    fake.interrupt(new HistoryLost('gone'));
    expect(await seen(events, 2)).toEqual(['Resync HISTORY_GONE', 'MessageAdded a one']);
    fake.append('s', 'a', 'two');
    fake.deliver();
    expect(await seen(events, 1)).toEqual(['MessageAdded a two']);
  });
});

describe('a follower that does not take its events', () => {
  it('ends with SUBSCRIBER_TOO_SLOW and the cursor to resume from, with all of its socket; others go on', async () => {
    const { fake, follow } = await createStage({ queueLimit: 3 });
    fake.createSession('s');
    fake.createSession('quiet');
    const reader = createSlowReader();
    const slow = follow('s', { reader });
    const neighbour = follow('quiet', { reader });
    const other = follow('quiet');
    await Promise.all([slow, neighbour, other].map((events) => take(events, 1)));
    for (let count = 0; count < 5; count++) fake.append('s', 'a', `m${count}`);
    fake.deliver();
    await settled();
    const error = await slow.next().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'SUBSCRIBER_TOO_SLOW', details: { cursor: expect.any(String) } });
    await expect(neighbour.next()).rejects.toMatchObject({ code: 'SUBSCRIBER_TOO_SLOW' });
    fake.changeMetadata('quiet');
    fake.deliver();
    expect(await seen(other, 1)).toEqual(['MetadataChanged']);
    const resumed = follow('s', { after: (error as ParleyError).details.cursor as string });
    expect(await seen(resumed, 6)).toEqual([
      'Ready',
      ...[0, 1, 2, 3, 4].map((count) => `MessageAdded a m${count}`),
    ]);
  });
});

describe('a redaction', () => {
  it('reaches a message that was loaded before it and not given yet', async () => {
    const { fake, follow } = await createStage({ ringSize: 100 });
    fake.createSession('s');
    const first = follow('s');
    const [ready] = await take(first, 1);
    fake.append('s', 'a', 'one', 'secret', 'three');
    fake.deliver();
    await settled();
    const events = follow('s', { after: ready?.cursor ?? null });
    expect(await seen(events, 1)).toEqual(['Ready']);
    const { loadAgents } = fake.store;
    fake.store.loadAgents = async (...asked) => {
      const loaded = await loadAgents(...asked);
      fake.store.loadAgents = loadAgents;
      fake.redact('s', 'a', 1);
      fake.deliver();
      await settled();
      return loaded;
    };
    expect(await seen(events, 4)).toEqual([
      'MessageAdded a one',
      'MessageAdded a [gone]',
      'MessageAdded a three',
      'MessageUpdated a [gone]',
    ]);
  });
});
