import Database from 'better-sqlite3';
import { expect, it, onTestFinished } from 'vitest';
import { partsToText } from '../../../src/domain/replies/parts-text.js';
import { partsSteps } from '../../../src/stores/sqlite/reply-rows.js';
import { prepareOnce } from '../../../src/stores/sqlite/statements.js';
import { aReply, someParts } from '../contract/inputs.js';
import { useFile } from './stage.js';

it('the text of a reply is read in steps, of which each write is more than one', async () => {
  const file = await useFile();
  onTestFinished(() => file.remove());
  const store = await file.open();
  await store.replies.start(aReply('s', 'a', 'r', { createIfMissing: {} }));
  const text = 'x'.repeat(100_000);
  for (let n = 0; n < 3; n++) {
    await store.replies.append([{ replyId: 'r', epoch: 1, offset: n * text.length, parts: someParts(text) }]);
  }
  expect((await store.replies.parts('r')).map(({ text: piece }) => piece.length)).toEqual([
    100_000, 100_000, 100_000,
  ]);
  await store.close();
  const db = new Database(file.path);
  onTestFinished(() => void db.close());
  const steps = partsSteps(prepareOnce(db), 'r');
  let pauses = 0;
  while (!steps.next().done) pauses++;
  expect(pauses).toBeGreaterThanOrEqual(6);
});

it('the text of a reply that was written in very many pieces is found some of them at a time, up to where it stood', async () => {
  const file = await useFile();
  onTestFinished(() => file.remove());
  const store = await file.open();
  await store.replies.start(aReply('s', 'a', 'r', { createIfMissing: {} }));
  const db = new Database(file.path);
  onTestFinished(() => void db.close());
  const write = db.prepare('INSERT INTO reply_log (reply, start, parts) VALUES (1, ?, ?)');
  const add = (from: number, to: number) => {
    for (let at = from; at < to; at++) write.run(at, partsToText(someParts('x')));
  };
  add(0, 450);
  const steps = partsSteps(prepareOnce(db), 'r');
  steps.next();
  add(450, 460);
  let step = steps.next();
  while (!step.done) step = steps.next();
  expect(step.value.map(({ text }) => text).join('')).toBe('x'.repeat(450));
  await store.close();
});

it('however often a reply is begun again, one row says so', async () => {
  const file = await useFile();
  onTestFinished(() => file.remove());
  const store = await file.open();
  for (let n = 0; n < 5; n++) await store.replies.start(aReply('s', 'a', 'r', { createIfMissing: {} }));
  const db = new Database(file.path);
  onTestFinished(() => void db.close());
  expect(db.prepare('SELECT count(*) FROM reply_log').pluck().get()).toBe(1);
  await store.close();
});
