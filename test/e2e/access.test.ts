import { describe, expect, it, onTestFinished } from 'vitest';
import { SCOPES } from '../../src/domain/access/policy.js';
import { codes, makeKey } from '../support/access.js';
import { guardedServer } from '../support/guarded-server.js';
import { startServer } from '../support/server.js';

const stage = guardedServer();
const { ask, bearers } = stage;

describe('a caller', () => {
  const CALLER = '{ caller { kind id name scopes sessionId expiresAt } }';

  it('is told who it is and what it may do', async () => {
    const expiresAt = new Date(Date.now() + 3_600_000);
    const key = await makeKey(stage.server.sqlitePath, ['feedback', 'read'], {}, { expiresAt, name: 'web' });
    expect((await ask(key.bearer, CALLER)).data.caller).toEqual({
      kind: 'KEY',
      id: key.id,
      name: 'web',
      scopes: ['READ', 'FEEDBACK'],
      sessionId: null,
      expiresAt: expiresAt.toISOString(),
    });
  });

  it('with the token of one session is told which one', async () => {
    const input = { sessionId: 'mine' };
    await ask(
      stage.everything,
      'mutation ($input: CreateSessionInput!) { createSession(input: $input) { __typename } }',
      {
        input,
      },
    );
    const { data } = await ask(
      stage.everything,
      'mutation { createSessionToken(input: {sessionId: "mine", scopes: [READ]}) { token } }',
    );
    const { caller } = (await ask(`Bearer ${data.createSessionToken.token}`, CALLER)).data;
    expect(caller).toMatchObject({ kind: 'SESSION_TOKEN', scopes: ['READ'], sessionId: 'mine' });
  });

  it('without a credential, where none is asked for, may do stage.everything', async () => {
    const open = await startServer();
    onTestFinished(() => open.stop());
    const { body } = await open.request(CALLER);
    expect(body.data.caller).toMatchObject({ kind: 'ANONYMOUS', id: '', expiresAt: null });
    expect(body.data.caller.scopes).toHaveLength(SCOPES.length);
  });
});

describe('what an append gives back', () => {
  it('shows no more than the scope allows', async () => {
    const document =
      'mutation ($input: AppendMessagesInput!) { appendMessages(input: $input) { messages { text } session { metadata } } }';
    const input = {
      sessionId: 'own',
      agentId: 'a',
      createIfMissing: true,
      messages: [{ role: 'USER', text: 'x' }],
    };
    const answer = await ask(bearers.append, document, { input });
    expect(codes(answer)).toEqual(['FORBIDDEN']);
    expect(
      (await ask(bearers.append, document.replace(/ session \{.*?\}/, ''), { input })).errors,
    ).toBeUndefined();
  });
});

describe('/ready', () => {
  it('tells whoever asks whether, and the scope admin why', async () => {
    const ready = new URL('/ready', stage.server.url);
    expect(await (await fetch(ready)).json()).toEqual({ ready: true });
    for (const scope of SCOPES.filter((scope) => scope !== 'admin')) {
      const answer = await fetch(ready, { headers: { authorization: bearers[scope] } });
      expect(await answer.json()).toEqual({ ready: true });
    }
    const whole = await fetch(ready, { headers: { authorization: bearers.admin } });
    expect(await whole.json()).toMatchObject({ ready: true, store: { ok: true } });
    expect((await fetch(ready, { headers: { authorization: 'Bearer x' } })).status).toBe(401);
    expect((await fetch(new URL('/health', stage.server.url))).status).toBe(200);
  });
});
