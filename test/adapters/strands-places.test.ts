import { randomUUID } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createStrandsStorage } from '../../src/adapters/strands/index.js';
import { createClient } from '../../src/client/index.js';
import type { JsonObject } from '../../src/domain/json/json-value.js';
import { BACKINGS, openedFor } from './backings.js';
import { inChild } from './child-agent.js';

interface SdkMessage {
  role: string;
  content: JsonObject[];
  trackingId: string;
}

const said = (id: string, text = id, role = 'user'): SdkMessage => ({
  role,
  content: [{ text }],
  trackingId: `tracking-${id}`,
});
const call = (id: string, toolUseId: string): SdkMessage => ({
  ...said(id, '', 'assistant'),
  content: [{ toolUse: { toolUseId, name: 'look', input: {} } }],
});
const result = (id: string, text: string, toolUseId: string): SdkMessage => ({
  ...said(id),
  content: [{ toolResult: { toolUseId, status: 'success', content: [{ text }] } }],
});
const bytesOf = (messages: readonly SdkMessage[]) =>
  new TextEncoder().encode(JSON.stringify({ scope: 'agent', data: { messages, state: {} } }));
const latestOf = (sessionId: string) =>
  `session/${sessionId}/scopes/agent/agent/snapshots/snapshot_latest.json`;
const numbered = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, n) => said(`${from + n}`));

const READ = `query ($id: ID!, $after: String) { session(sessionId: $id) { agent(agentId: "agent") {
  messages(first: 200, after: $after) { pageInfo { hasNextPage endCursor }
    nodes { text trackingId redacted messageId } } } } }`;
const DELETE = 'mutation ($input: DeleteSessionInput!) { deleteSession(input: $input) { sessionId } }';

describe.each(Object.entries(BACKINGS))('the mirror on %s', (_name, openBacking) => {
  const { backing, redact } = openedFor(openBacking);

  /** A process of an agent; it reads before it writes, as the SDK does, unless it is told not to. */
  async function restart(sessionId: string, { mirror = true, reads = true } = {}) {
    const storage = await createStrandsStorage({ ...backing().place(), mirror });
    onTestFinished(() => storage.close());
    const read = async () => {
      const bytes = await storage.read(latestOf(sessionId));
      return bytes && (JSON.parse(new TextDecoder().decode(bytes)).data.messages as SdkMessage[]);
    };
    const restored = reads ? await read() : null;
    return {
      restored,
      read,
      write: (...messages: SdkMessage[]) => storage.write(latestOf(sessionId), bytesOf(messages)),
    };
  }

  async function shown(sessionId: string) {
    const nodes: { text: string; trackingId: string; redacted: boolean; messageId: number }[] = [];
    for (let after: string | null = null; ; ) {
      const { body } = await backing().server.request(READ, { id: sessionId, after });
      const page = body.data.session.agent.messages;
      nodes.push(...page.nodes);
      if (!page.pageInfo.hasNextPage) return nodes;
      after = page.pageInfo.endCursor;
    }
  }
  const texts = async (sessionId: string) => (await shown(sessionId)).map(({ text }) => text);

  it('shows each message once, in order, through turns, restarts, windows and summaries', async () => {
    const id = randomUUID();
    const first = await restart(id);
    expect(first.restored).toBeNull();
    await first.write(said('1'), said('2'));
    await first.write(said('1'), said('2'), said('3'), said('4'));
    const second = await restart(id);
    expect(second.restored).toEqual(['1', '2', '3', '4'].map((one) => said(one)));
    await second.write(said('2'), said('3'), said('4'), said('5'));
    await (await restart(id)).write(said('sum', 'In short: 2, 3'), said('4'), said('5'), said('6'));
    await (await restart(id, { reads: false })).write(said('sum', 'In short: 2, 3'), said('6'), said('7'));
    const messages = await shown(id);
    expect(messages.map(({ text }) => text)).toEqual(['1', '2', '3', '4', '5', '6', '7']);
    expect(messages.map(({ trackingId }) => trackingId)).toEqual(
      messages.map(({ text }) => `tracking-${text}`),
    );
    expect(messages.map(({ messageId }) => messageId)).toEqual(messages.map((_, index) => index));
  });

  it('appends any number in calls of a hundred, and goes on behind any number', async () => {
    const id = randomUUID();
    await (await restart(id)).write(...numbered(0, 250));
    const all = numbered(0, 255);
    const another = await restart(id);
    expect(another.restored).toHaveLength(250);
    await another.write(said('sum', 'In short'), ...all.slice(200, 253));
    await (await restart(id)).write(said('sum', 'In short'), ...all.slice(200));
    expect(await texts(id)).toEqual(all.map(({ content }) => content[0]?.text));
  });

  it.each([true, false])(
    'shows what was kept by a process that died before it was shown (read before: %s)',
    async (reads) => {
      const id = randomUUID();
      await (await restart(id)).write(said('1'), call('2', 't'), said('4'));
      const kept = [said('1'), call('2', 't'), result('3', 'late', 't'), said('4'), said('5')];
      await (await restart(id, { mirror: false })).write(...kept.slice(0, 4));
      await (await restart(id, { reads })).write(...kept.slice(0, 4));
      await (await restart(id, { mirror: false })).write(...kept);
      await (await restart(id, { reads })).write(...kept, said('6'));
      expect((await shown(id)).map(({ trackingId }) => trackingId)).toEqual(
        ['1', '2', '4', '3', '5', '6'].map((one) => `tracking-${one}`),
      );
    },
  );

  it.each([
    ['before', 1, 4],
    ['after', 1, 4],
    ['before', 2, 250],
    ['after', 2, 250],
  ] as const)(
    'shows what can be restored, and all of it then, where its process is killed (%s append %i)',
    async (when, append, count) => {
      const id = randomUUID();
      const all = numbered(0, count);
      await (await restart(id)).write(...all.slice(0, 2));
      const does = { of: 'strands', key: latestOf(id), data: bytesOf(all) };
      const dies = { append, when };
      const { elsewhere } = backing();
      expect(await inChild('./dying-agent.mjs', { elsewhere, sessionId: id, does, dies })).toBeNull();
      const again = await restart(id);
      const restored = again.restored as SdkMessage[];
      expect([all.slice(0, 2), all]).toContainEqual(restored);
      const textsOf = (messages: readonly SdkMessage[]) => messages.map(({ content }) => content[0]?.text);
      const left = await texts(id);
      expect(left).toEqual(textsOf(restored).slice(0, left.length));
      await again.write(...restored, said('next'));
      expect(await texts(id)).toEqual([...textsOf(restored), 'next']);
    },
  );

  it.each([true, false])('redacts what a guardrail has replaced (read before: %s)', async (reads) => {
    const id = randomUUID();
    const answer = said('2', 'Hello', 'assistant');
    await (await restart(id)).write(said('1', 'my card is 4111'), answer, said('3', 'it is 4112'));
    await (await restart(id, { reads })).write(
      said('1', '[removed]'),
      answer,
      said('3', '[gone]'),
      said('4'),
    );
    expect((await shown(id)).map(({ text, redacted }) => [text, redacted])).toEqual([
      ['[removed]', true],
      ['Hello', false],
      ['[gone]', true],
      ['4', false],
    ]);
    expect((await (await restart(id)).read())?.[0]).toEqual(said('1', '[removed]'));
  });

  it('leaves redacted what was redacted here, and keeps what the agent has of it', async () => {
    const id = randomUUID();
    await (await restart(id)).write(said('1', 'private'));
    await redact({ sessionId: id, agentId: 'agent', messageId: 0 });
    const again = await restart(id);
    expect(again.restored).toEqual([said('1', 'private')]);
    await again.write(said('1', 'private'), said('2'));
    expect(await texts(id)).toEqual(['[removed]', '2']);
  });

  it('shows each message once where two processes write at once', async () => {
    const id = randomUUID();
    await (await restart(id)).write(said('1'));
    const both = await Promise.all([restart(id), restart(id)]);
    await Promise.all(both.map(({ write }) => write(said('1'), said('2'), said('3'))));
    expect(await texts(id)).toEqual(['1', '2', '3']);
  });

  it('does not bring back the messages of a deleted session while its agent runs on', async () => {
    const id = randomUUID();
    const { write } = await restart(id);
    await write(said('1'), said('2'));
    await backing().server.request(DELETE, { input: { sessionId: id } });
    expect((await restart(id)).restored).toBeNull();
    await write(said('1'), said('2'), said('3'));
    expect(await texts(id)).toEqual(['3']);
  });

  it('refuses a snapshot that cannot be shown before anything is kept', async () => {
    const id = randomUUID();
    const { write, read } = await restart(id);
    await expect(write({ ...said('1'), role: 'system' })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(await read()).toBeNull();
  });
});

describe.each(Object.entries(BACKINGS))('the storage on %s', (_name, openBacking) => {
  const { backing } = openedFor(openBacking);
  const open = async () => {
    const storage = await createStrandsStorage(backing().place());
    onTestFinished(() => storage.close());
    return storage;
  };

  it('keeps bytes as they come, under the keys of the SDK, and lists and removes them', async () => {
    const [storage, other] = [await open(), await open()];
    const every = Uint8Array.from({ length: 256 }, (_, index) => index);
    const base = 'session/kept/scopes/agent/support/snapshots';
    const histories = Array.from(
      { length: 230 },
      (_, n) => `${base}/immutable_history/snapshot_${String(n).padStart(4, '0')}.json`,
    );
    const all = [
      'context/kept/scopes/agent/support/tool_0',
      ...histories,
      `${base}/manifest.json`,
      `${base}/snapshot_latest.json`,
      'session/kept/scopes/multiAgent/team/snapshots/snapshot_latest.json',
    ];
    await Promise.all(all.map((key) => storage.write(key, every)));
    await storage.write('session/kept2/scopes/agent/support/snapshots/snapshot_latest.json', every);
    for (const key of [all[0], all.at(-1)] as string[]) expect(await other.read(key)).toEqual(every);
    await storage.write(`${base}/manifest.json`, new Uint8Array());
    expect(await other.read(`${base}/manifest.json`)).toEqual(new Uint8Array());
    expect(await other.read(`${base}/nothing.json`)).toBeNull();
    expect(await other.read('session/nobody/scopes/agent/a/x')).toBeNull();
    expect(await other.list('session/kept/')).toEqual(all.slice(1));
    expect(await other.list('context/kept/')).toEqual(all.slice(0, 1));
    expect(await other.list(`${base}/immutable_history/`)).toEqual(histories);
    expect(await other.list('session/nobody/')).toEqual([]);
    expect(await other.list('session/kept/other')).toEqual([]);
    await Promise.all((await other.list('session/kept/')).map((key) => other.delete(key)));
    await other.delete(`${base}/manifest.json`);
    await other.delete('session/nobody/scopes/agent/a/x');
    expect(await storage.list('session/kept/')).toEqual([]);
    expect(await storage.list('session/kept2/')).toHaveLength(1);
  });

  it('lists what is of a session whose id has slashes, however much of a prefix names it', async () => {
    const storage = await open();
    const keys = ['context', 'session'].map((kind) => `${kind}/tenant%2F50%25/scopes/agent/a/kept`);
    for (const key of keys) await storage.write(key, Uint8Array.of(1));
    for (const key of keys) {
      const start = key.slice(0, key.indexOf('scopes/'));
      for (const rest of ['', 'sco', 'scopes/', 'scopes/agent/'])
        expect(await storage.list(`${start}${rest}`)).toEqual([key]);
    }
  });
});

it('over a server a key is of a session', async () => {
  // It is never asked.
  const storage = await createStrandsStorage({ server: createClient({ url: 'http://127.0.0.1:1/graphql' }) });
  const refusal = { code: 'INVALID_NAME', message: expect.stringContaining('session/<id>/') };
  for (const key of ['key', 'tenant/s/scopes/x', 'session/s', 'session/s/scopes/']) {
    await expect(storage.write(key, new Uint8Array())).rejects.toMatchObject(refusal);
    await expect(storage.read(key)).rejects.toMatchObject(refusal);
    await expect(storage.delete(key)).rejects.toMatchObject(refusal);
  }
  for (const prefix of ['', 'session', 'session/', 'tenant/'])
    await expect(storage.list(prefix)).rejects.toMatchObject(refusal);
});
