import Database from 'better-sqlite3';
import { expect, it, onTestFinished } from 'vitest';
import { MAX_FEEDBACK_BYTES, MAX_FEEDBACKS_BYTES } from '../../../src/domain/sessions/session-bounds.js';
import { append, NOW, receipt, useFile } from './stage.js';

async function stage() {
  const file = await useFile();
  onTestFinished(() => file.remove());
  const { sessions } = await file.open();
  await sessions.appendMessages(append('s', 'a', ['one']));
  const rate = (comment: string) =>
    sessions.addFeedback({
      sessionId: 's',
      feedback: { rating: 'up', comment, fields: {} },
      receipt: receipt(),
      now: NOW,
    });
  const beside = new Database(file.path);
  onTestFinished(() => void beside.close());
  const sums = () => beside.prepare('SELECT bytes_so_far FROM feedback ORDER BY position').pluck().all();
  return { rate, beside, sums };
}

it('each feedback keeps the bytes of those before it, so that the next one looks at the last alone', async () => {
  const { rate, sums } = await stage();
  for (const comment of ['good', 'grün', '']) await rate(comment);
  expect(sums()).toEqual([6, 13, 15]);
});

it('what other versions have added is counted, too, and once', async () => {
  const { rate, beside, sums } = await stage();
  await rate('good');
  beside.exec(`INSERT INTO feedback (session, position, rating, comment, fields, created_at)
    SELECT session, 1, 'up', 'fine', '{}', created_at FROM feedback`);
  await rate('good');
  await rate('good');
  expect(sums()).toEqual([6, null, 18, 24]);
});

it('a session that is full of feedback takes no more, whoever has added it', async () => {
  const { rate, beside } = await stage();
  const most = Math.ceil(MAX_FEEDBACKS_BYTES / MAX_FEEDBACK_BYTES);
  beside.exec(`INSERT INTO feedback (session, position, rating, comment, fields, created_at)
    WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n + 1 < ${most})
    SELECT sessions.id, n, 'up', printf('%.*c', ${MAX_FEEDBACK_BYTES - 10}, 'x'), '{}', 0 FROM n, sessions`);
  await rate('x'.repeat(500));
  await expect(rate('x'.repeat(1_000))).rejects.toMatchObject({ code: 'DOCUMENT_TOO_LARGE' });
});
