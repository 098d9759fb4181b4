import { describe, expect, it, onTestFinished } from 'vitest';
import type { ErrorCode } from '../../../src/domain/errors.js';
import { ACTIVE_STATES } from '../../../src/domain/replies/model.js';
import type { ReplyNotice, ReplyStore } from '../../../src/domain/replies/reply-store.js';
import type { NewMessage } from '../../../src/domain/sessions/session-store.js';
import { eventually } from '../../support/eventually.js';
import type { MongoStandIn } from '../../support/mongo-stand-in/start.js';
import { anAppend, anEnd, aRedaction, aReply, aSession, at, someParts } from '../contract/inputs.js';
import { expectCode, readMessages, textOf as textOfMessage } from '../contract/reads.js';
import { startTestDatabase } from './server.js';

async function stage() {
  const database = await startTestDatabase();
  onTestFinished(() => database.drop());
  const opened = await database.open();
  const db = database.client.db(database.name);
  return {
    database,
    sessions: opened.sessions,
    replies: opened.replies,
    // biome-ignore lint/suspicious/noExplicitAny: raw documents are looked at field by field
    documents: db.collection<any>('sessions_replies'),
    // biome-ignore lint/suspicious/noExplicitAny: as above
    parts: db.collection<any>('sessions_reply_parts'),
    standIn: database.server.standIn as MongoStandIn,
    another: async () => (await database.open()).replies,
  };
}

const begin = (id = 'r') => aReply('s', 'a', id, { createIfMissing: {} });
const LONG = 'x'.repeat(50_000);

describe('a long reply', () => {
  it('leaves its document little to hold, is read whole and told in order', async () => {
    const { replies, documents, parts, another } = await stage();
    await replies.start(begin());
    const neighbour = await another();
    const end = new AbortController();
    onTestFinished(() => end.abort());
    const told: ReplyNotice[] = [];
    const feed = neighbour.feed(end.signal)[Symbol.asyncIterator]();
    await feed.next();
    void (async () => {
      for (let next = await feed.next(); !next.done; next = await feed.next())
        told.push(...next.value.notices);
    })().catch(() => {});
    const pieces = Array.from({ length: 12 }, (_, index) => `${index} ${LONG}`);
    let offset = 0;
    for (const [index, piece] of pieces.entries()) {
      const store = index % 2 === 0 ? replies : neighbour;
      const [answer] = await store.append([{ replyId: 'r', epoch: 1, offset, parts: someParts(piece) }]);
      expect(answer).toMatchObject({ taken: true });
      offset += piece.length;
    }
    const { recent } = await documents.findOne({ _id: 'r' });
    expect(recent.length).toBeLessThan(4);
    expect(await parts.countDocuments()).toBeGreaterThan(2);
    expect((await replies.parts('r')).map(({ text }) => text).join('')).toBe(pieces.join(''));
    await eventually(() =>
      expect(told.map((notice) => notice.parts?.map(({ text }) => text).join(''))).toEqual(pieces),
    );
  });

  it('is whole where two instances move its text at once, and where one dies in the middle of it', async () => {
    const { replies, documents, parts, standIn, another } = await stage();
    const stores = [replies, await another(), await another()];
    await replies.start(begin());
    let offset = 0;
    let expected = '';
    for (let round = 0; round < 6; round++) {
      const text = `${round} ${LONG}`;
      // The text is copied, and not taken away.
      if (round === 2)
        standIn.fail({ command: 'insert', afterApply: true, code: 8, errmsg: 'it died here' }, 1);
      await replies.append([{ replyId: 'r', epoch: 1, offset, parts: someParts(text) }]).catch(() => {});
      offset += text.length;
      expected += text;
      await Promise.all(stores.map((store) => store.append([{ replyId: 'r', epoch: 1, offset, parts: [] }])));
      expect((await replies.parts('r')).map((part) => part.text).join('')).toBe(expected);
    }
    expect((await documents.findOne({ _id: 'r' })).held).toBeGreaterThanOrEqual(0);
    const moved = await parts.find().sort({ o: 1 }).toArray();
    for (const [index, one] of moved.entries()) expect(one.o).toBe(moved[index - 1]?.e ?? 0);
  });

  it('leaves nothing behind when its session is deleted', async () => {
    const { replies, sessions, documents, parts } = await stage();
    await replies.start(begin());
    for (let index = 0; index < 5; index++) {
      await replies.append([{ replyId: 'r', epoch: 1, offset: index * LONG.length, parts: someParts(LONG) }]);
    }
    expect(await parts.countDocuments()).toBeGreaterThan(0);
    await sessions.deleteSession('s', at(1));
    expect(await parts.countDocuments()).toBe(0);
    expect(await documents.countDocuments()).toBe(0);
  });
});

it.each([0, 1, 2, 3, 4, 5, 6])(
  'nothing of a reply is left where a process dies in the expiry of its session, once that is gone: after %i deletions',
  async (before) => {
    const { replies, sessions, documents, parts, standIn } = await stage();
    await replies.start(begin());
    for (let index = 0; index < 5; index++) {
      await replies.append([{ replyId: 'r', epoch: 1, offset: index * LONG.length, parts: someParts(LONG) }]);
    }
    expect(await parts.countDocuments()).toBeGreaterThan(0);
    const late = new Date(Date.now() + 3_600_000);
    const expire = () =>
      sessions.expireSession({ sessionId: 's', filter: {}, unchangedSince: late, dryRun: false, now: late });
    for (let deletion = 0; deletion < before; deletion++) standIn.fail({ command: 'delete', delayMs: 0 }, 1);
    standIn.fail({ command: 'delete', afterApply: true, code: 8, errmsg: 'it died here' }, 1);
    await expire().catch(() => {});
    if ((await sessions.loadSessions(['s']))[0]) expect(await expire()).toBe(true);
    expect(await documents.countDocuments()).toBe(0);
    expect(await parts.countDocuments()).toBe(0);
  },
);

describe('the end of a reply, which takes three steps', () => {
  it.each([
    ['before the message is appended', 'findAndModify'],
    ['after it', 'update'],
  ])('is made by whoever finds it, where a process dies %s', async (_where, command) => {
    const { replies, sessions, documents, standIn, another } = await stage();
    await replies.start(begin());
    await replies.append([{ replyId: 'r', epoch: 1, offset: 0, parts: someParts('Hello') }]);
    const neighbour = await another();
    // The write is made, and this process does nothing after it.
    standIn.fail({ command, afterApply: true, code: 8, errmsg: 'it died here' }, 1);
    await expect(replies.end(anEnd('r', 'Hello'))).rejects.toThrow();
    expect(await documents.findOne({ _id: 'r' })).toMatchObject({
      state: 'writing',
      ending: { state: 'finished' },
    });
    expect(await neighbour.load(['r'])).toMatchObject([{ state: 'finished', position: 0 }]);
    expect((await readMessages(sessions, 's', 'a')).map(textOfMessage)).toEqual(['Hello']);
    expect(await neighbour.end(anEnd('r', 'Hello'))).toMatchObject({
      ended: true,
      message: { position: 0 },
    });
    expect(await documents.findOne({ _id: 'r' })).not.toHaveProperty('ending');
  });

  it('is made before it is listed: whoever follows would be told that it has begun, behind its message', async () => {
    const { replies, sessions, standIn, another } = await stage();
    await replies.start(begin());
    await replies.append([{ replyId: 'r', epoch: 1, offset: 0, parts: someParts('Hello') }]);
    standIn.fail({ command: 'update', afterApply: true, code: 8, errmsg: 'it died here' }, 1);
    await expect(replies.end(anEnd('r', 'Hello'))).rejects.toThrow();
    expect(await readMessages(sessions, 's', 'a')).toHaveLength(1);
    const asked = { sessionId: 's', agentId: null, limit: 10 };
    const both = [
      { ...asked, states: ACTIVE_STATES },
      { ...asked, states: ['finished'] as const },
    ];
    const neighbour = await another();
    expect((await neighbour.list(both))[0]).toEqual([]);
    expect((await neighbour.list(both))[1]).toMatchObject([{ replyId: 'r', position: 0 }]);
  });

  it('is made once where a reply of the server is lost at each step', async () => {
    const { replies, sessions, standIn } = await stage();
    await replies.start(begin());
    await replies.append([{ replyId: 'r', epoch: 1, offset: 0, parts: someParts('Hello') }]);
    // Of the decision, of the append, and of what is written when both are made.
    const lost = { closeConnection: true, afterApply: true };
    standIn.fail({ command: 'findAndModify', ...lost }, 2);
    standIn.fail({ command: 'findAndModify', delayMs: 0 }, 1);
    standIn.fail({ command: 'update', ...lost }, 2);
    standIn.fail({ command: 'findAndModify', ...lost }, 2);
    expect(await replies.end(anEnd('r', 'Hello'))).toMatchObject({ ended: true });
    expect(await readMessages(sessions, 's', 'a')).toHaveLength(1);
  });

  it.each([
    [
      'holds a key that this server does not store',
      { content: [{ toolUse: { input: { $ref: 'x' } } }] },
      'BAD_USER_INPUT',
    ],
    ['names a message that is too large to be compared', { clientId: 'large' }, 'QUERY_TOO_COMPLEX'],
  ] satisfies [string, Partial<NewMessage>, ErrorCode][])(
    'is undone where its message %s, and the reply goes on',
    async (_what, of, code) => {
      const { replies, sessions, documents } = await stage();
      const large = { clientId: 'large', content: [{ text: 'x'.repeat(9 * 1024 * 1024) }] };
      await sessions.appendMessages(anAppend('s', 'a', [large], { createIfMissing: {} }));
      await replies.start(begin());
      const end = anEnd('r', 'Hello');
      const refused = { ...end, message: { ...(end.message as NewMessage), ...of } };
      await expectCode(replies.end(refused), code);
      expect(await documents.findOne({ _id: 'r' })).not.toHaveProperty('ending');
      expect(await replies.load(['r'])).toMatchObject([{ state: 'writing' }]);
      expect(await replies.end(end)).toMatchObject({ ended: true });
    },
  );

  it('keeps nobody from other replies while it cannot be made, and is given up with the reply', async () => {
    const { replies, standIn, documents } = await stage();
    const late = { timeoutMs: 1, createIfMissing: {} };
    await replies.start(aReply('s', 'a', 'stuck', late));
    await replies.start(aReply('s', 'b', 'other', late));
    const failing = () => standIn.fail({ command: 'update', code: 8, errmsg: 'nobody knows why' }, 1);
    failing();
    await expectCode(replies.end(anEnd('stuck', 'Hello')), 'INTERNAL_SERVER_ERROR');
    expect(await documents.findOne({ _id: 'stuck' })).toHaveProperty('ending');
    failing();
    expect(await replies.load(['stuck', 'other'])).toMatchObject([
      { replyId: 'stuck', state: 'writing' },
      { replyId: 'other', state: 'writing' },
    ]);
    // Both are late once the server's clock is beyond their time.
    standIn.setClock(() => Date.now() + 60_000);
    failing();
    const found = await replies.abandonOverdue();
    expect(found.map(({ replyId }) => replyId).sort()).toEqual(['other', 'stuck']);
    expect(await replies.load(['stuck'])).toMatchObject([{ state: 'abandoned' }]);
    expect(await replies.end(anEnd('stuck', 'Hello'))).toMatchObject({ ended: true });
  });

  it('takes each part once where replies of the server are lost', async () => {
    const { replies, standIn } = await stage();
    await replies.start(begin());
    for (const [offset, text] of [
      [0, 'one '],
      [4, 'two '],
    ] as const) {
      standIn.fail({ command: 'update', closeConnection: true, afterApply: true }, 2);
      const [answer] = await replies.append([{ replyId: 'r', epoch: 1, offset, parts: someParts(text) }]);
      expect(answer).toMatchObject({ taken: true, reply: { offset: offset + 4 } });
    }
    expect((await replies.parts('r')).map(({ text }) => text).join('')).toBe('one two ');
  });
});

describe('the text of a reply that is over', () => {
  const LOST = { closeConnection: true, afterApply: true };
  /** More than its document holds. */
  async function written(replies: ReplyStore) {
    await replies.start(begin());
    for (let offset = 0; offset < 400_000; offset += LONG.length)
      await replies.append([{ replyId: 'r', epoch: 1, offset, parts: someParts(LONG) }]);
  }

  it('goes with a redaction whose removal had no answer', async () => {
    const { replies, sessions, standIn, parts } = await stage();
    await written(replies);
    await replies.end(anEnd('r', 'secret'));
    // The message is written; then the reply's document, which the driver does not try again.
    standIn.fail({ command: 'update', delayMs: 0 }, 1);
    standIn.fail({ command: 'update', ...LOST }, 1);
    await sessions.redactMessage(aRedaction({ sessionId: 's', agentId: 'a', position: 0 }, '-'));
    expect([await parts.countDocuments(), await replies.parts('r')]).toEqual([0, []]);
  });

  it('goes with the repetition of a redaction that ended in the middle, and is shown to nobody before', async () => {
    const { replies, sessions, standIn, parts } = await stage();
    await written(replies);
    await replies.end(anEnd('r', 'secret'));
    const redaction = aRedaction({ sessionId: 's', agentId: 'a', position: 0 }, '-');
    standIn.failOnce({ command: 'delete', code: 8000 });
    await expectCode(sessions.redactMessage(redaction), 'INTERNAL_SERVER_ERROR');
    expect(await parts.countDocuments()).toBeGreaterThan(0);
    expect(await replies.parts('r')).toEqual([]);
    await sessions.redactMessage(redaction);
    expect(await parts.countDocuments()).toBe(0);
  });

  it('goes with its discarding that had no answer', async () => {
    const { replies, standIn, parts } = await stage();
    await written(replies);
    standIn.fail({ command: 'findAndModify', ...LOST }, 2);
    const end = anEnd('r', '', { message: null, state: 'aborted' });
    expect(await replies.end(end)).toMatchObject({ ended: true });
    expect([await parts.countDocuments(), await replies.parts('r')]).toEqual([0, []]);
  });

  it('goes with what is too old, whichever step of that had no answer', async () => {
    const { replies, standIn, parts } = await stage();
    await written(replies);
    await replies.end(anEnd('r', 'old', { now: at(0) }));
    standIn.failOnce({ command: 'delete', ...LOST });
    await replies.start(aReply('s', 'a', 'next', { now: at(60 * 25) }));
    expect(await replies.load(['r'])).toEqual([null]);
    expect(await parts.countDocuments({ reply: 'r' })).toBe(0);
  });
});

it('a reply that is started while its session is deleted is gone, too', async () => {
  const { replies, sessions, documents, standIn } = await stage();
  await sessions.createSession(aSession('s'));
  standIn.fail({ command: 'findAndModify', delayMs: 200 }, 1);
  const starting = replies.start(aReply('s', 'a', 'r', { createIfMissing: 'agent' }));
  await eventually(() => expect(standIn.commands.some(({ name }) => name === 'findAndModify')).toBe(true));
  await sessions.deleteSession('s', at(1));
  await expectCode(starting, 'SESSION_NOT_FOUND');
  expect(await documents.countDocuments()).toBe(0);
});

it('the documents of the sessions are as they were', async () => {
  const { replies, database } = await stage();
  await replies.start(begin());
  const before = await database.sessions.findOne({ _id: 's' });
  await replies.append([{ replyId: 'r', epoch: 1, offset: 0, parts: someParts('Hello') }]);
  expect(await database.sessions.findOne({ _id: 's' })).toEqual(before);
  await replies.end(anEnd('r', 'Hello'));
  const [message] = (await database.sessions.findOne({ _id: 's' })).agents.a.messages;
  expect(Object.keys(message)).toEqual([
    'message',
    'message_id',
    'redact_message',
    'created_at',
    'updated_at',
  ]);
});
