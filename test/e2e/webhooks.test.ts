import { spawn } from 'node:child_process';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '../../src/library/database.js';
import type { OpenedStore } from '../../src/stores/open-store.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { LOCATIONS, type TestLocation } from '../support/locations.js';
import { namedBlocks, runShell, shellBlocks } from '../support/page-blocks.js';
import { startParley } from '../support/parley-process.js';
import { type RunningServer, startServer } from '../support/server.js';
import { makeTempFolder } from '../support/temp-folder.js';
import {
  type Delivery,
  OTHER_SECRET,
  type Receiver,
  SECRET,
  startReceiver,
  writeEndpoints,
} from '../support/webhook-receiver.js';

const APPEND = `mutation ($input: AppendMessagesInput!) { appendMessages(input: $input) { messages { id position } } }`;
const REDACT = `mutation ($input: RedactMessageInput!) { redactMessage(input: $input) { message { redacted } } }`;
const UPDATE = `mutation ($input: UpdateMetadataInput!) { updateMetadata(input: $input) { session { sessionId } } }`;
const CREATE = `mutation ($input: CreateSessionInput!) { createSession(input: $input) { session { sessionId } } }`;
const STATES = '{ webhookEndpoints { name disabled waiting dead lastTakenAt failure } }';
const DEAD = `{ webhookDeadLetters(endpoint: "all", first: 2) {
  nodes { id type at sessionId attempts failure deadAt } pageInfo { hasNextPage hasPreviousPage endCursor }
} }`;
const SAID = 'my card number is 4111-1111-1111-1111';

describe.each(Object.entries(LOCATIONS))('webhooks on %s', (_name, locate) => {
  let database: TestLocation;
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  /** Of everything, and of what one application says to users of one plan. */
  let receiver: Receiver;
  let pros: Receiver;
  let server: RunningServer;
  let store: OpenedStore;
  let env: Record<string, string>;
  let serial = 0;
  let sessionId: string;
  beforeAll(async () => {
    [database, folder, receiver, pros] = await Promise.all([
      locate(),
      makeTempFolder(),
      startReceiver(),
      startReceiver(OTHER_SECRET),
    ]);
    const webhooks = await writeEndpoints(folder.path, [
      { name: 'all', url: receiver.url, secrets: [SECRET] },
      {
        name: 'pros',
        url: pros.url,
        secrets: [SECRET, { env: 'PROS_SECRET' }],
        types: ['message.added', 'session.deleted'],
        applicationName: 'support',
        metadata: { 'user.plan': 'pro' },
      },
    ]);
    process.env.PROS_SECRET = OTHER_SECRET;
    env = {
      ...database.env,
      WEBHOOKS: webhooks,
      WEBHOOK_ALLOW_PRIVATE: '127.0.0.1',
      PROS_SECRET: OTHER_SECRET,
    };
    store = await openDatabase(database.options);
    server = await startServer({ ...database.config, webhooks, webhookAllowPrivate: ['127.0.0.1'] });
  });
  beforeEach(() => {
    sessionId = `s${++serial}`;
    receiver.answer = () => 204;
  });
  afterAll(async () => {
    delete process.env.PROS_SECRET;
    await server.stop();
    await store.close();
    await Promise.all([receiver.kill(), pros.kill()]);
    await database.remove();
    await folder.remove();
  });

  const ask = async (query: string, input: object) => {
    const { body } = await server.request(query, { input });
    expect(body.errors).toBeUndefined();
    return body.data;
  };
  const say = async (...texts: string[]) => {
    const messages = texts.map((text) => ({ role: 'USER', text }));
    const { appendMessages } = await ask(APPEND, {
      sessionId,
      agentId: 'a',
      createIfMissing: true,
      messages,
    });
    return appendMessages.messages as { id: string; position: number }[];
  };
  const own = (all: readonly Delivery[]) => all.filter(({ data }) => data.sessionId === sessionId);
  const until = async (type: string, count = 1) =>
    own(await receiver.until((all) => own(all).filter((one) => one.type === type).length >= count));
  const command = (...words: string[]) => startParley(['webhooks', ...words], { env }).exited;

  it('tell what happens to a session as the API shows it, in order, each with an id of its own', async () => {
    await say('Hello', 'Is anybody there?');
    await ask(UPDATE, { sessionId, set: { topic: 'hats' } });
    await server.request(
      `mutation { addFeedback(input: {sessionId: "${sessionId}", rating: UP, comment: "good"}) { feedback { rating } } }`,
    );
    await until('feedback.added');
    await server.request(`mutation { deleteSession(input: {sessionId: "${sessionId}"}) { sessionId } }`);
    const told = await until('session.deleted');
    expect(told.map(({ type }) => type)).toEqual([
      'session.created',
      'message.added',
      'message.added',
      'metadata.changed',
      'feedback.added',
      'session.deleted',
    ]);
    expect(new Set(told.map(({ id }) => id)).size).toBe(6);
    const [created, first, second, metadata, feedback, deleted] = told as [Delivery, ...Delivery[]];
    expect(created.data).toMatchObject({ sessionId, session: { sessionId, type: 'AGENT' }, omitted: false });
    expect(first?.data).toMatchObject({
      agentId: 'a',
      position: 0,
      message: { role: 'USER', text: 'Hello', blocks: [{ text: 'Hello' }], redacted: false },
    });
    expect(second?.data).toMatchObject({ position: 1, message: { position: 1 } });
    expect(metadata?.data).toEqual({ sessionId, metadata: { topic: 'hats' }, omitted: false });
    expect(feedback?.data).toMatchObject({ feedback: { rating: 'UP', comment: 'good' } });
    expect(deleted?.data).toEqual({ sessionId });
    for (const { timestamp, headers } of told) {
      expect(Math.abs(Date.parse(timestamp) - Date.now())).toBeLessThan(600_000);
      expect(headers).toMatchObject({ 'content-type': 'application/json' });
    }
  });

  it('leave content out that is large, and say so', async () => {
    await say('x'.repeat(70_000));
    await say('small');
    const [large, small] = (await until('message.added', 2)).filter(({ type }) => type === 'message.added');
    expect(large?.data).toEqual({ sessionId, agentId: 'a', position: 0, message: null, omitted: true });
    expect(small?.data).toMatchObject({ position: 1, omitted: false, message: { text: 'small' } });
  });

  it('hold the events of a session behind one that is not taken, and no others; a redaction meanwhile is kept', async () => {
    const held = sessionId;
    let refuses = true;
    receiver.answer = ({ data }) => (refuses && data.sessionId === held && data.position === 0 ? 500 : 204);
    const [said] = await say(SAID, 'next');
    await eventually(() => expect(own(receiver.deliveries).length).toBeGreaterThanOrEqual(2));
    await ask(REDACT, { id: said?.id, replacement: { role: 'USER', text: '[removed]' } });
    sessionId = `${held}-other`;
    await say('from another session');
    await until('message.added');
    sessionId = held;
    expect(own(receiver.taken()).map(({ type }) => type)).toEqual(['session.created']);
    refuses = false;
    const told = (await until('message.updated')).filter(({ type }) => type.startsWith('message'));
    expect(told.map(({ type, data }) => [type, data.position, data.message.text])).toEqual([
      ['message.added', 0, '[removed]'],
      ['message.added', 1, 'next'],
      ['message.updated', 0, '[removed]'],
    ]);
    const attempts = own(receiver.deliveries).filter(
      ({ type, data }) => type === 'message.added' && data.position === 0,
    );
    expect(attempts.length).toBeGreaterThan(1);
    expect(new Set(attempts.map(({ id }) => id)).size).toBe(1);
    expect(attempts[0]?.text).toContain(SAID);
    expect(attempts.at(-1)?.text).not.toContain(SAID);
  });

  it('tell nothing of what was deleted before it was taken', async () => {
    receiver.answer = ({ data, type }) =>
      data.sessionId === sessionId && type === 'message.added' ? 503 : 204;
    await say(SAID, 'more');
    await eventually(() => expect(own(receiver.deliveries).length).toBeGreaterThanOrEqual(2));
    await server.request(`mutation { deleteSession(input: {sessionId: "${sessionId}"}) { sessionId } }`);
    const told = await until('session.deleted');
    expect(told.map(({ type }) => type)).toEqual(['session.created', 'session.deleted']);
    await eventually(async () => {
      expect(JSON.stringify(await store.webhooks.held('all'))).not.toContain(`"${sessionId}"`);
    });
  });

  it('tell an endpoint of the types and sessions that it names, and not of deletions, signed with each secret', async () => {
    const pro = { applicationName: 'support', metadata: { user: { plan: 'pro' } } };
    await ask(CREATE, { sessionId, ...pro });
    await ask(CREATE, { sessionId: `${sessionId}-free`, ...pro, metadata: { user: { plan: 'free' } } });
    await ask(CREATE, { sessionId: `${sessionId}-shop`, ...pro, applicationName: 'shop' });
    for (const id of [`${sessionId}-free`, `${sessionId}-shop`, sessionId]) {
      await ask(APPEND, {
        sessionId: id,
        agentId: 'a',
        messages: [{ role: 'USER', text: id }],
        createIfMissing: true,
      });
    }
    const [told] = await pros.until((all) => all.length > 0);
    await server.request(`mutation { deleteSession(input: {sessionId: "${sessionId}"}) { sessionId } }`);
    await until('session.deleted');
    expect(pros.deliveries.map(({ type, data }) => [type, data.message.text])).toEqual([
      ['message.added', sessionId],
    ]);
    expect(
      new Webhook(SECRET).verify(told?.text ?? '', told?.headers as Record<string, string>),
    ).toMatchObject({
      type: 'message.added',
    });
  });

  it('are not sent any more where the receiver is gone, until they are enabled again; nothing is missed', async () => {
    receiver.answer = ({ data }) => (data.sessionId === sessionId ? 410 : 204);
    await say('one');
    await eventually(async () => {
      expect((await store.webhooks.mark('all'))?.disabled).toBe('HTTP 410');
    });
    await say('two');
    const sent = receiver.deliveries.length;
    const { stdout } = await command();
    expect(stdout).toMatch(/^all +http:\/\/127\.0\.0\.1:\d+ +disabled: HTTP 410 /m);
    expect(stdout).not.toContain('/hooks');
    const doctor = await startParley(['doctor'], { env }).exited;
    expect(doctor.stdout).toMatch(/warn {2}webhooks +nothing is sent to all: it has answered HTTP 410/);
    expect(receiver.deliveries).toHaveLength(sent);
    receiver.answer = () => 204;
    expect(await command('enable', 'all')).toMatchObject({ code: 0, stdout: '' });
    const told = await until('message.added', 2);
    expect(told.map(({ type, data }) => [type, data.position])).toEqual([
      ['session.created', undefined],
      ['message.added', 0],
      ['message.added', 1],
    ]);
  });

  // A process for each command.
  it('are sent again as dead letters, audited, and can be removed and tried', {
    timeout: 300_000,
  }, async () => {
    receiver.answer = ({ data }) => (data.sessionId === sessionId ? 500 : 204);
    await say('one');
    await say('two');
    const [head] = await eventually(async () => {
      const held = (await store.webhooks.held('all')).waiting.filter(
        ({ event }) => event.sessionId === sessionId,
      );
      expect(held).toHaveLength(3);
      return held;
    });
    // As after three days.
    await server.stop();
    const { holder, cursor } = { holder: 'test', cursor: 'x' };
    const mark = await store.webhooks.begin({ endpoint: 'all', holder, cursor });
    const { waiting } = await store.webhooks.held('all');
    const put = waiting.map((held) => ({ ...held, deadAt: new Date() }));
    const progress = {
      endpoint: 'all',
      holder,
      put,
      remove: [],
      erased: [],
      deliveredAt: null,
      disabled: null,
    };
    expect(await store.webhooks.save({ ...progress, cursor: mark.cursor })).toBe(0);

    const { stdout } = await command('dead', 'all', '--json');
    const letters = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(letters.map(({ type, sessionId: of, failure }) => [type, of, failure])).toEqual([
      ['session.created', sessionId, head?.failure],
      ['message.added', sessionId, null],
      ['message.added', sessionId, null],
    ]);
    const shown = await startServer(database.config);
    const { body } = await shown.request(STATES);
    expect(body.data.webhookEndpoints).toMatchObject([
      { name: 'all', disabled: null, dead: 3 },
      { name: 'pros' },
    ]);
    const [first, second] = await Promise.all([
      shown.request(DEAD),
      shown.request(DEAD.replace('first: 2', 'first: 3')),
    ]);
    const { nodes, pageInfo } = first.body.data.webhookDeadLetters;
    expect(nodes).toEqual(letters.slice(0, 2));
    expect(pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    expect(second.body.data.webhookDeadLetters).toMatchObject({
      nodes: letters,
      pageInfo: { hasNextPage: false },
    });
    const rest = await shown.request(DEAD.replace('first: 2', `after: "${pageInfo.endCursor}"`));
    expect(rest.body.data.webhookDeadLetters).toMatchObject({
      nodes: letters.slice(2),
      pageInfo: { hasPreviousPage: true },
    });
    await shown.stop();
    expect(await command('resend', 'all', letters[2].id, 'msg_none')).toMatchObject({ code: 1 });
    expect(await command('discard', 'all', letters[0].id)).toMatchObject({ code: 0, stdout: '1 removed\n' });
    expect(await command('resend', 'all', '--all')).toMatchObject({ code: 0, stdout: '1 wait again\n' });
    const audit = await store.audit.list({ limit: 3, before: null });
    expect(
      audit.map(({ action, callerId, callerName, sessionId: of }) => [action, callerId, callerName, of]),
    ).toEqual([
      ['resendWebhooks', 'webhooks', 'all', sessionId],
      ['discardWebhooks', 'webhooks', 'all', sessionId],
      ['resendWebhooks', 'webhooks', 'all', sessionId],
    ]);

    receiver.answer = () => 204;
    expect(await command('test', 'all')).toMatchObject({ code: 0, stdout: 'taken\n' });
    await receiver.until((all) => all.some(({ type }) => type === 'webhook.test'));
    server = await startServer({
      ...database.config,
      webhooks: env.WEBHOOKS ?? '',
      webhookAllowPrivate: ['127.0.0.1'],
    });
    const told = await until('message.added', 2);
    expect(told.map(({ id, data }) => [id, data.position])).toEqual([
      [letters[1].id, 0],
      [letters[2].id, 1],
    ]);
    expect(await command('test', 'nobody')).toMatchObject({ code: 1 });
    expect(await command('forget', 'pros')).toMatchObject({ code: 0, stdout: '' });
    expect(await command('dead', 'unknown')).toMatchObject({ code: 1 });
  });

  it('are counted', async () => {
    const response = await fetch(new URL('/metrics', server.url));
    const text = await response.text();
    expect(text).toMatch(/^parley_webhook_attempts_total\{endpoint="all",outcome="taken"\} [1-9]/m);
    expect(text).toContain('parley_webhook_waiting_events{endpoint="all"}');
    expect(text).not.toContain(receiver.url);
  });
});

it('endpoints that cannot be used are a wrong setting of the server and of the command', async () => {
  const folder = await makeTempFolder();
  const webhooks = await writeEndpoints(folder.path, [
    { name: 'a', url: 'https://127.0.0.1/', secrets: [SECRET] },
  ]);
  const said = `WEBHOOKS is ${JSON.stringify(webhooks)}, but its endpoints cannot be used: endpoint 1: url: 127.0.0.1 is a loopback address; name it in WEBHOOK_ALLOW_PRIVATE if that is meant.`;
  await expect(startServer({ webhooks })).rejects.toThrow(said);
  const wrong = startParley(['webhooks', '--webhooks', webhooks]);
  expect(await wrong.exited).toMatchObject({ code: 2, stderr: `parley: ${said}\n` });
  await folder.remove();
});

it('docs/webhooks.md: its receiver is told what it says', async () => {
  const folder = await makeTempFolder();
  const port = await freePort();
  const own = (text: string) => text.replaceAll('9000', String(port));
  const receive = (await namedBlocks('webhooks.md')).get('receive.js') ?? '';
  await writeFile(join(folder.path, 'receive.mjs'), own(receive));
  await symlink(
    fileURLToPath(new URL('../../node_modules', import.meta.url)),
    join(folder.path, 'node_modules'),
  );
  const [files = '', test = '', write = '', show = ''] = (await shellBlocks('webhooks.md')).map(own);
  await runShell(files, { cwd: folder.path });
  const envFile = `--env-file=${join(folder.path, 'webhooks.env')}`;
  const receiver = spawn(process.execPath, [envFile, 'receive.mjs'], { cwd: folder.path });
  onTestFinished(() => void receiver.kill());
  let printed = '';
  receiver.stdout.on('data', (text) => {
    printed += text;
  });
  const ask = (command: string, address?: string) =>
    runShell(command, { cwd: folder.path, address: address ?? '' });
  await eventually(async () => expect(await ask(test)).toBe('taken\n'), 500);
  const server = startParley(['serve', '--port', '0'], { cwd: folder.path, nodeArgs: [envFile] });
  const { host } = new URL(await server.listening());
  await eventually(
    async () => expect(await ask(show)).toMatch(/^crm +http:\/\/127\.0\.0\.1:\d+ +enabled /m),
    500,
  );
  await ask(write, host);
  await eventually(() =>
    expect(printed).toBe('webhook.test\nsession.created demo\nmessage.added demo Hello\n'),
  );
  server.kill('SIGTERM');
  await server.exited;
  await folder.remove();
});
