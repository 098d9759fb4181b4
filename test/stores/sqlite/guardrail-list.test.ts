import Database from 'better-sqlite3';
import { expect, it, onTestFinished } from 'vitest';
import { MAX_GUARDRAIL_EVENTS } from '../../../src/domain/sessions/session-bounds.js';
import { append, guardrailEvent, NOW, receipt, useFile } from './stage.js';

it('a session lists so many guardrail events, and no more; a message is redacted without one all the same', async () => {
  const file = await useFile();
  onTestFinished(() => file.remove());
  const { sessions } = await file.open();
  await sessions.appendMessages(append('s', 'a', ['one', 'two']));
  const beside = new Database(file.path);
  beside.exec(`INSERT INTO guardrail_events (session, position, event)
    WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n + 2 < ${MAX_GUARDRAIL_EVENTS})
    SELECT sessions.id, n, '{"action":"BLOCKED"}' FROM n, sessions`);
  beside.close();
  const redact = (position: number, event: typeof guardrailEvent | null) =>
    sessions.redactMessage({
      sessionId: 's',
      agentId: 'a',
      position,
      replacement: { role: 'user', content: [{ text: '[removed]' }] },
      guardrailEvent: event,
      receipt: receipt(),
      now: NOW,
    });
  expect(await redact(0, guardrailEvent)).toMatchObject({ redacted: true });
  await expect(redact(1, guardrailEvent)).rejects.toMatchObject({ code: 'DOCUMENT_TOO_LARGE' });
  expect(await sessions.loadMessages([{ sessionId: 's', agentId: 'a', position: 1 }])).toMatchObject([
    { redacted: false },
  ]);
  expect(await redact(1, null)).toMatchObject({ redacted: true });
});
