import Database from 'better-sqlite3';
import { expect, it, onTestFinished } from 'vitest';
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
