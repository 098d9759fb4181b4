import { beforeEach, describe, expect, it } from 'vitest';
import { ParleyError } from '../../../src/domain/errors.js';
import { createMoves } from '../../../src/domain/live/moves.js';
import { emptyDatabase } from '../../stores/memory/database.js';
import { openMemoryStore } from '../../stores/memory/open-memory-store.js';
import { anInstance } from '../replies/an-instance.js';
import { createStage, inShort, settled, take } from './stage.js';

const ALICE = { metadata: { user: 'alice' } };

let stage: Awaited<ReturnType<typeof createStage>>;
beforeEach(async () => {
  stage = await createStage();
  const { fake } = stage;
  fake.createSession('s');
  fake.setMetadata('s', { user: 'alice' });
  fake.append('s', 'a', 'of alice', 'of alice, too');
  fake.deliver();
  await settled();
});

describe('to whoever may see it no more, of a session that has moved', () => {
  it('nothing is told that was written since, for a change of before', async () => {
    const { fake, follow } = stage;
    const events = follow('s', { reach: ALICE });
    expect((await take(events, 1)).map(inShort)).toEqual(['Ready']);
    // All of it waits for a reader who takes nothing.
    fake.change('s', 'a', 0, 'by alice');
    fake.setMetadata('s', { user: 'bob' });
    fake.change('s', 'a', 0, 'of bob');
    fake.append('s', 'a', 'of bob, too');
    fake.deliver();
    await settled();
    await expect(events.next()).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it('nothing is told of what it had missed once it has read some of it', async () => {
    const { fake, follow } = stage;
    const events = follow('s', { reach: ALICE });
    const [ready] = await take(events, 1);
    await events.return(undefined);
    for (let n = 0; n < 200; n++) fake.append('s', 'a', `message ${n}`);
    fake.deliver();
    await settled();
    const resumed = follow('s', { reach: ALICE, after: ready?.cursor ?? '' });
    expect((await take(resumed, 2)).map(inShort)).toEqual(['Ready', 'MessageAdded a message 0']);
    fake.setMetadata('s', { user: 'bob' });
    fake.change('s', 'a', 150, 'of bob');
    fake.deliver();
    await settled();
    const told: string[] = [];
    const end = (async () => {
      for await (const event of resumed) told.push(inShort(event));
    })();
    await expect(end).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(told.join()).not.toContain('of bob');
  });

  it('whoever is limited by the id alone is told everything', async () => {
    const { fake, follow } = stage;
    const events = follow('s', { reach: { sessionIdPrefix: 's' } });
    await take(events, 1);
    fake.setMetadata('s', { user: 'bob' });
    fake.append('s', 'a', 'of bob');
    fake.deliver();
    expect((await take(events, 2)).map(inShort)).toEqual(['MetadataChanged', 'MessageAdded a of bob']);
  });

  it('one that has another value beside goes on', async () => {
    const { fake, follow } = stage;
    const events = follow('s', { reach: ALICE });
    await take(events, 1);
    fake.append('s', 'a', 'before');
    fake.setMetadata('s', { user: 'alice', topic: 'refund' });
    fake.append('s', 'a', 'after');
    fake.deliver();
    const told = await take(events, 3);
    expect(told.map(inShort)).toEqual(['MessageAdded a before', 'MetadataChanged', 'MessageAdded a after']);
  });
});

describe('of replies, which are told of beside the changes of a session', () => {
  async function replying() {
    const opened = openMemoryStore(emptyDatabase());
    const replies = anInstance({ store: opened.replies, sessions: opened.sessions });
    const { fake, follow } = await createStage({
      replies: { open: replies.open, list: opened.replies.list },
    });
    fake.createSession('s');
    fake.setMetadata('s', { user: 'alice' });
    fake.deliver();
    await settled();
    const say = (epoch: number, offset: number, text: string) =>
      replies.service.continueReply({ replyId: 'r', epoch, offset, parts: [{ block: 0, text }] });
    const start = () =>
      replies.service.startReply({ sessionId: 's', agentId: 'a', replyId: 'r', createIfMissing: true }, 'c');
    const events = follow('s', { reach: ALICE, replies: true });
    await take(events, 1);
    return { fake, events, start, say };
  }

  it('one that begins is told only while the session is within reach, however far its changes are', async () => {
    const { fake, events, start, say } = await replying();
    fake.setMetadata('s', { user: 'bob' });
    await start();
    await say(1, 0, 'to bob');
    await expect(events.next()).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it('one that grows while nothing is heard of changes is told no more where the session has moved', async () => {
    const { fake, events, start, say } = await replying();
    await start();
    await say(1, 0, 'to alice');
    expect((await take(events, 1)).map(inShort)).toEqual(['ReplyStarted']);
    fake.interrupt(new ParleyError('STORE_UNAVAILABLE', 'away'));
    await settled();
    expect((await take(events, 1)).map(inShort)).toEqual(['Degraded']);
    await say(1, 8, ' still');
    expect((await take(events, 1)).map(inShort)).toEqual(['ReplyProgress']);
    fake.setMetadata('s', { user: 'bob' });
    await say(1, 14, ', and to bob');
    await expect(events.next()).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });
});

describe('of the moves of sessions', () => {
  const moved = (sessionId: string, position: string) =>
    ({ kind: 'metadata-changed', sessionId, position, sessionCreatedAt: null, at: 0 }) as const;

  it('the last ones are known, and of all others how far nothing is known of them', () => {
    const moves = createMoves(2);
    expect(moves.since('s', '1')).toBe(true);
    moves.restart('1');
    for (const [id, position] of [
      ['s', '2'],
      ['t', '3'],
      ['u', '4'],
    ] as const)
      moves.note(moved(id, position));
    expect(['1', '2', '3'].map((position) => moves.since('s', position))).toEqual([true, false, false]);
    expect(['1', '2', '3', '4'].map((position) => moves.since('u', position))).toEqual([
      true,
      true,
      true,
      false,
    ]);
    expect(moves.since('never', '2')).toBe(false);
  });
});
