import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { partsToText } from '../../../src/domain/replies/parts-text.js';
import { type EndReply, PARTS_KEPT_MS } from '../../../src/domain/replies/reply-store.js';
import { partsSteps, readNotices } from '../../../src/stores/sqlite/reply-rows.js';
import { prepareOnce } from '../../../src/stores/sqlite/statements.js';
import { dropPartsOn } from '../../../src/stores/sqlite/writes/reply-log.js';
import { Unfinished } from '../../../src/stores/sqlite/writes/unfinished.js';
import { redactMessage } from '../../../src/stores/sqlite/writes/write-messages.js';
import { endReply, pruneReplies, startReply } from '../../../src/stores/sqlite/writes/write-replies.js';
import { deleteSession } from '../../../src/stores/sqlite/writes/write-sessions.js';
import { eventually } from '../../support/eventually.js';
import { aReply, someParts } from '../contract/inputs.js';
import { NOW, receipt, useFile } from './stage.js';

let file: Awaited<ReturnType<typeof useFile>>;
beforeEach(async () => {
  file = await useFile();
});
afterEach(() => file.remove());

const start = aReply('s', 'a', 'r', { createIfMissing: {} });
const abort: EndReply = {
  replyId: 'r',
  epoch: null,
  state: 'aborted',
  reason: 'no more',
  rest: null,
  message: null,
  now: NOW,
};
const finish: EndReply = {
  ...abort,
  state: 'finished',
  reason: null,
  message: { storageId: '0', role: 'assistant', content: [{ text: 'Done.' }] } as EndReply['message'],
};

/** A reply that was written in so many pieces. */
async function written(pieces: number, text = 'x') {
  const store = await file.open();
  await store.replies.start(start);
  await store.close();
  const db = new Database(file.path);
  db.pragma('foreign_keys = ON');
  db.function('in_time', () => 1);
  const statements = prepareOnce(db);
  const insert = db.prepare('INSERT INTO reply_log (reply, start, parts) VALUES (1, ?, ?)');
  for (let at = 0; at < pieces; at++) insert.run(at * text.length, partsToText(someParts(text)));
  db.prepare('UPDATE replies SET length = ?').run(pieces * text.length);
  return {
    db,
    statements,
    left: () => db.prepare('SELECT count(*) FROM reply_log WHERE parts IS NOT NULL').pluck().get(),
    /** What a reader finds of its text now. */
    text() {
      const steps = partsSteps(statements, 'r');
      let step = steps.next();
      while (!step.done) step = steps.next();
      return step.value.map(({ text }) => text).join('');
    },
  };
}

/** The further steps of a write, and what is left behind each. */
function carriedOn<T>(statements: Parameters<typeof dropPartsOn>[0], first: unknown, left: () => T) {
  const seen: T[] = [];
  let step = first;
  while (step instanceof Unfinished) {
    seen.push(left());
    expect(step.rest.method).toBe('dropPartsOn');
    step = dropPartsOn(statements, step.rest.input as Parameters<typeof dropPartsOn>[1]);
  }
  return { seen, result: step };
}

describe('a reply that was written in very many pieces', () => {
  it('is discarded in steps, of which nobody sees one', async () => {
    const { db, statements, left, text } = await written(1_300);
    expect(text()).toHaveLength(1_300);
    const ended = endReply(statements, abort);
    expect(text()).toBe('');
    const { notices } = readNotices(statements, 0, 10_000);
    expect(notices).toEqual([{ replyId: 'r', sessionId: 's' }]);
    const { seen, result } = carriedOn(statements, ended, left);
    expect(seen).toEqual([800, 300]);
    expect(result).toMatchObject({ ended: true, reply: { state: 'aborted', offset: 1_300 } });
    expect(left()).toBe(0);
    expect(readNotices(statements, 0, 10_000).notices).toEqual([{ replyId: 'r', sessionId: 's' }]);
    expect(db.prepare('SELECT pruned FROM replies').pluck().get()).toBe(0);
    db.close();
  });

  it('is discarded by its bytes, too', async () => {
    const { db, statements, left } = await written(3, 'x'.repeat(1_100_000));
    const { seen } = carriedOn(statements, endReply(statements, abort), left);
    expect(seen).toEqual([2, 1]);
    expect(left()).toBe(0);
    db.close();
  });

  it('that is read when it is discarded is not read to its end', async () => {
    const { db, statements } = await written(1_300);
    const steps = partsSteps(statements, 'r');
    for (let step = 0; step < 300; step++) steps.next();
    endReply(statements, abort);
    let step = steps.next();
    while (!step.done) step = steps.next();
    expect(step.value).toEqual([]);
    db.close();
  });

  it('is discarded on by whoever opens the file next', async () => {
    const { db, statements, left } = await written(1_300);
    expect(endReply(statements, abort)).toBeInstanceOf(Unfinished);
    expect(left()).toBe(800);
    const store = await file.open();
    await eventually(() => expect(left()).toBe(0));
    expect(await store.replies.parts('r')).toEqual([]);
    db.close();
  });

  it('is discarded when that is answered', async () => {
    const { db, left } = await written(1_300);
    const store = await file.open();
    expect(await store.replies.end(abort, 'c')).toMatchObject({ ended: true, reply: { state: 'aborted' } });
    expect(left()).toBe(0);
    db.close();
  });

  it('goes in steps where the message that it has become is redacted', async () => {
    const { db, statements, left, text } = await written(1_300);
    endReply(statements, finish);
    expect(text()).toHaveLength(1_300);
    const redacted = redactMessage(statements, {
      sessionId: 's',
      agentId: 'a',
      position: 0,
      replacement: { role: 'assistant', content: [{ text: '[removed]' }] },
      guardrailEvent: null,
      receipt: receipt(),
      now: NOW,
    });
    expect(text()).toBe('');
    const { seen, result } = carriedOn(statements, redacted, left);
    expect(seen).toEqual([800, 300]);
    expect(result).toMatchObject({ redacted: true });
    db.close();
  });

  it('is seen whole or not at all where its pieces are too old', async () => {
    const { db, statements, left, text } = await written(1_300);
    endReply(statements, finish);
    const input = { now: NOW.getTime() + PARTS_KEPT_MS + 1 };
    const seen: unknown[] = [];
    while (pruneReplies(statements, input) instanceof Unfinished) seen.push([left(), text()]);
    expect(seen).toEqual([
      [800, ''],
      [300, ''],
    ]);
    expect(left()).toBe(0);
    expect(db.prepare('SELECT pruned FROM replies').pluck().get()).toBe(1);
    db.close();
  });

  it('leaves its name at once to another, where its session is gone and not yet erased', async () => {
    const { db, statements, left, text } = await written(1_300);
    expect(deleteSession(statements, { sessionId: 's', now: NOW })).toBeInstanceOf(Unfinished);
    expect(text()).toBe('');
    const before = left();
    startReply(statements, aReply('t', 'a', 'r', { createIfMissing: {} }));
    expect(left()).toBe(before);
    expect(text()).toBe('');
    db.close();
  });

  it('that has the number of one whose parts went on going keeps its own', async () => {
    const { db, statements, left } = await written(700);
    expect(left()).toBe(700);
    expect(dropPartsOn(statements, { replies: [1], result: 'done' })).toBe('done');
    expect(left()).toBe(700);
    db.close();
  });
});
