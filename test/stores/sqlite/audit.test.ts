import { afterEach, beforeEach, expect, it } from 'vitest';
import { NOW, useFile } from './stage.js';

let file: Awaited<ReturnType<typeof useFile>>;
beforeEach(async () => {
  file = await useFile();
});
afterEach(() => file.remove());

const anEntry = {
  at: NOW,
  callerKind: 'key' as const,
  callerId: 'k1',
  callerName: 'ci',
  action: 'appendMessages',
  sessionId: 's',
  agentId: null,
  outcome: 'ok',
  from: null,
  count: 1,
  mark: null,
};

it('the entries of one caller in one session, of which no index knows both, are looked for in the time of a scan', async () => {
  const { audit } = await file.open({ scanLimitMs: -1 });
  await audit.append([anEntry]);
  const asked = { limit: 10, before: null };
  const both = audit.list({ ...asked, sessionId: 's', callerId: 'k1' }, 'key k9');
  await expect(both).rejects.toMatchObject({ code: 'TIMEOUT' });
  for (const one of [{}, { sessionId: 's' }, { callerId: 'k1' }])
    expect(await audit.list({ ...asked, ...one }, 'key k9')).toHaveLength(1);
});
