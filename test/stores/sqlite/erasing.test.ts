import Database from 'better-sqlite3';
import { afterEach, expect, it } from 'vitest';
import { bytesOnDisk } from '../../support/bytes-on-disk.js';
import { eventually } from '../../support/eventually.js';
import { append, guardrailEvent, NOW, receipt, useFile } from './stage.js';

let file: Awaited<ReturnType<typeof useFile>> | undefined;
afterEach(() => file?.remove());

const SECRET = 'my card number is 4111-1111-1111-1111';

it('a redacted message, a deleted session and removed metadata leave no trace in the files', async () => {
  file = await useFile();
  const { sessions } = await file.open();
  const neighbour = await file.open();
  const filler = Array.from({ length: 50 }, (_, index) => `filler ${index} ${'x'.repeat(500)}`);
  const said = append('s', 'a', [...filler, SECRET, ...filler]);
  Object.assign(said.messages[50] as object, { metadata: { usage: { by: SECRET } } });
  await sessions.appendMessages(said);
  await sessions.appendMessages(append('t', 'a', [...filler, SECRET]));
  const set = [['note', SECRET]] as const;
  await sessions.changeMetadata({ sessionId: 's', set, unset: [], receipt: receipt(), now: NOW });
  expect(bytesOnDisk(file.path)).toContain(SECRET);

  const replacement = { role: 'user' as const, content: [{ text: '[removed]' }] };
  await sessions.redactMessage({
    sessionId: 's',
    agentId: 'a',
    position: 50,
    replacement,
    guardrailEvent: null,
    receipt: receipt(),
    now: NOW,
  });
  await sessions.deleteSession('t', NOW);
  await sessions.changeMetadata({ sessionId: 's', set: [], unset: ['note'], receipt: receipt(), now: NOW });
  // The answer comes first, and then the checkpoint that erases.
  const { path } = file;
  await eventually(() => expect(bytesOnDisk(path).includes(SECRET)).toBe(false));
  const [message] = await neighbour.sessions.loadMessages([{ sessionId: 's', agentId: 'a', position: 50 }]);
  expect(message).toMatchObject({ redacted: true, content: [{ text: '[removed]' }] });
});

const leftOf = (remains: { place: string; left: number }[]) => remains.filter(({ left }) => left > 0);

it('the search says while a reader keeps what was deleted in the write-ahead log, and when it is gone', async () => {
  file = await useFile();
  const { sessions } = await file.open({ erasedWithinMs: 200 });
  await sessions.appendMessages(append('s', 'a', [SECRET]));
  await sessions.appendMessages(append('t', 'a', ['Hello']));
  const reader = new Database(file.path, { readonly: true });
  const rows = reader.prepare('SELECT * FROM changes').iterate();
  rows.next();
  await sessions.deleteSession('s', NOW);
  const held = await sessions.remainsOf(['s']);
  expect(leftOf(held)).toEqual([{ place: 'write-ahead log', left: expect.any(Number) }]);
  expect(bytesOnDisk(file.path)).toContain(SECRET);
  rows.return?.();
  reader.close();
  await eventually(async () => expect(leftOf(await sessions.remainsOf(['s']))).toEqual([]));
  expect(bytesOnDisk(file.path)).not.toContain(SECRET);
});

it('the search finds rows that belong to nothing any more, in every table below a session', async () => {
  file = await useFile();
  const { sessions } = await file.open();
  for (const sessionId of ['s', 't']) {
    await sessions.appendMessages(append(sessionId, 'a', ['Hello', 'again']));
    const address = { sessionId, agentId: 'a', position: 0 };
    await sessions.recordMetrics({
      ...address,
      metrics: { accumulated_usage: {} },
      receipt: receipt(),
      now: NOW,
    });
    const feedback = { rating: null, comment: null, fields: {} };
    await sessions.addFeedback({ sessionId, feedback, receipt: receipt(), now: NOW });
    await sessions.recordGuardrailEvent({ ...address, guardrailEvent, receipt: receipt(), now: NOW });
  }
  expect(leftOf(await sessions.remainsOf(['s']))).toEqual([{ place: 'sessions', left: 1 }]);
  const foreign = new Database(file.path);
  foreign.pragma('foreign_keys = OFF');
  foreign.exec("DELETE FROM sessions WHERE session_id = 's'");
  const below = ['agents', 'feedback', 'guardrail_events', 'receipts'];
  expect(leftOf(await sessions.remainsOf(['s']))).toEqual(below.map((place) => ({ place, left: 1 })));
  foreign.exec('DELETE FROM agents WHERE session NOT IN (SELECT id FROM sessions)');
  const rest = ['messages', 'usage_readings', 'feedback', 'guardrail_events', 'receipts'];
  expect(leftOf(await sessions.remainsOf(['s']))).toEqual(rest.map((place) => ({ place, left: 1 })));
  foreign.close();
});
