import { existsSync, readFileSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { eventually } from '../../support/eventually.js';
import { append, NOW, receipt, useFile } from './stage.js';

let file: Awaited<ReturnType<typeof useFile>> | undefined;
afterEach(() => file?.remove());

const SECRET = 'my card number is 4111-1111-1111-1111';
const bytesOnDisk = (path: string) =>
  [path, `${path}-wal`]
    .filter(existsSync)
    .map((name) => readFileSync(name, 'latin1'))
    .join('');

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
