import { expect, it } from 'vitest';
import type { Replies } from '../../../src/domain/replies/replies.js';
import { emptyDatabase } from '../../stores/memory/database.js';
import { openMemoryStore } from '../../stores/memory/open-memory-store.js';
import { anInstance } from './an-instance.js';

it('a reply that a follower has looked up before its start was answered is finished without an offset', async () => {
  const { replies: store, sessions } = openMemoryStore(emptyDatabase());
  const replies: Replies = anInstance({
    store: {
      ...store,
      async start(input) {
        const started = await store.start(input);
        await replies.open.open(input.replyId);
        return started;
      },
    },
    sessions,
  });
  const { service } = replies;
  const start = { sessionId: 's', agentId: 'a', createIfMissing: true } as const;
  const { replyId, epoch } = await service.startReply(start, 'caller');
  await service.continueReply({ replyId, epoch, offset: 0, parts: [{ block: 0, text: 'Hello' }] });
  expect((await service.finishReply({ replyId, epoch })).message?.content).toEqual([{ text: 'Hello' }]);
});
