import { expect, it } from 'vitest';
import { createSlowReader, followUntil } from '../../../src/domain/live/follow.js';
import { noReplies } from '../../support/no-replies.js';
import { createStage, settled } from './stage.js';

it('a reply is queued once until it is taken, and again after that, whatever came meanwhile', async () => {
  const { fake, hub } = await createStage();
  let grow = (_replyId: string) => {};
  const replies = {
    ...noReplies().open,
    follow(_sessionId: string, follower: (replyId: string) => void) {
      grow = follower;
      return () => {};
    },
  };
  const following = followUntil(hub, 's', new AbortController().signal, createSlowReader(), replies);
  const told = { type: 'reply', replyId: 'r' };
  grow('r');
  grow('r');
  expect(following.takeQueued()).toEqual([told]);
  fake.createSession('s');
  fake.deliver();
  await settled();
  grow('r');
  grow('r');
  expect(await following.take()).toEqual([expect.objectContaining({ type: 'change' }), told]);
  grow('r');
  expect(following.takeQueued()).toEqual([told]);
  following.close();
  await hub.close();
});
