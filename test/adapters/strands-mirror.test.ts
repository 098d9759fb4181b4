import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createStrandsStorage } from '../../src/adapters/strands/index.js';
import type { SessionStore } from '../../src/domain/sessions/session-store.js';
import { aRedaction, at } from '../stores/contract/inputs.js';
import { expectCode, readMessages, textOf } from '../stores/contract/reads.js';
import { emptyDatabase } from '../stores/memory/database.js';
import { openMemoryStore } from '../stores/memory/open-memory-store.js';
import { LATEST, type SdkMessage, said, snapshot, stage } from './strands-mirror-stage.js';

describe('the mirror', () => {
  it('shows numbers as the SDK prints them, and refuses those whose digits would be lost before anything is stored', async () => {
    const { store, write, shown } = await stage();
    const use = (id: unknown) => ({
      ...said('1'),
      content: [{ toolUse: { toolUseId: 't', name: 'n', input: { id } } }],
    });
    await write([use(1234567890123456800)]);
    const [message] = await readMessages(store.sessions, 's', 'a');
    expect(message?.content).toEqual(use(1234567890123456800).content);
    const storage = await createStrandsStorage({ store, mirror: true });
    const text = new TextDecoder()
      .decode(snapshot([said('2', 'MARK')]))
      .replace('"MARK"', '{"id":1234567890123456789}');
    const writing = storage.write(LATEST, new TextEncoder().encode(text));
    await expectCode(writing, 'BAD_USER_INPUT');
    await expect(writing).rejects.toThrow(
      'data.messages[0].content[0].text.id is the number 1234567890123456789',
    );
    expect(await shown()).toHaveLength(1);
  });

  it('shows the messages of a snapshot once, however often it is written and by whatever process', async () => {
    const { write, restart, shown } = await stage();
    await write([said('1'), said('2', '2', 'assistant')]);
    await write([said('1'), said('2', '2', 'assistant')]);
    const again = await restart();
    await again([said('1'), said('2', '2', 'assistant'), said('3')]);
    await write([said('1'), said('2', '2', 'assistant'), said('3')]);
    await Promise.all([write, again].map((each) => each([said('3'), said('4'), said('5')])));
    expect(await shown()).toEqual(['1', '2', '3', '4', '5']);
  });

  it('removes nothing that the agent no longer has, and adds no summary of it', async () => {
    const { write, restart, shown } = await stage();
    await write(['1', '2', '3', '4'].map((id) => said(id)));
    await write([said('summary', 'In short: 1, 2'), said('3'), said('4'), said('5')]);
    expect(await shown()).toEqual(['1', '2', '3', '4', '5']);
    await (await restart())([said('another', 'In short: all of it'), said('5'), said('6')]);
    expect(await shown()).toEqual(['1', '2', '3', '4', '5', '6']);
    await write([]);
    expect(await shown()).toHaveLength(6);
  });

  it('goes on from an older snapshot that the agent was put back to', async () => {
    const { write, shown } = await stage();
    await write(['1', '2', '3', '4'].map((id) => said(id)));
    await write(['1', '2', 'other'].map((id) => said(id)));
    expect(await shown()).toEqual(['1', '2', '3', '4', 'other']);
  });

  it('finds where it stopped in a conversation of many hundred messages', async () => {
    const { write, restart, shown } = await stage();
    const many = Array.from({ length: 450 }, (_, index) => said(`${index}`));
    await write(many.slice(0, 120));
    await (await restart())([said('In short: the first'), ...many.slice(1)]);
    expect(await shown()).toEqual(many.map(({ content }) => content[0]?.text));
  });

  it('goes on where a write broke off', async () => {
    const { store, shown } = await stage();
    let failures = 2;
    const sessions: SessionStore = {
      ...store.sessions,
      async appendMessages(input) {
        if (!input.messages.some(({ content }) => textOf({ content } as never) === '3') || failures === 0) {
          return store.sessions.appendMessages(input);
        }
        failures--;
        // Once before and once after it was stored.
        if (failures === 0) await store.sessions.appendMessages(input);
        throw new Error('the connection is lost');
      },
    };
    const storage = await createStrandsStorage({ store: { ...store, sessions }, mirror: true });
    const write = (...ids: string[]) => storage.write(LATEST, snapshot(ids.map((id) => said(id))));
    await write('1');
    await expect(write('1', '2', '3', '4')).rejects.toThrow('lost');
    expect(await shown()).toEqual(['1']);
    await expect(write('1', '2', '3', '4')).rejects.toThrow('lost');
    expect(await shown()).toEqual(['1', '2', '3', '4']);
    // What the agent had is kept all the same, and shown with what comes next.
    expect(await storage.read(LATEST)).toEqual(snapshot(['1', '2', '3', '4'].map((id) => said(id))));
    await write('1', '2', '3', '4', '5');
    expect(await shown()).toEqual(['1', '2', '3', '4', '5']);
  });

  it('shows nothing of a snapshot that is too large to be kept', async () => {
    const { store } = await stage();
    const refusal = new Error('it is too large');
    const snapshots = { ...store.snapshots, write: () => Promise.reject(refusal) };
    const storage = await createStrandsStorage({ store: { ...store, snapshots }, mirror: true });
    const large = snapshot([said('1', 'x'.repeat(1_100_000))]);
    await expect(storage.write(LATEST, large)).rejects.toBe(refusal);
    expect(await store.sessions.loadSessions(['s'])).toEqual([null]);
  });

  it('redacts a message that was shown by a write whose answer was lost', async () => {
    const { store, shown } = await stage();
    const sessions: SessionStore = {
      ...store.sessions,
      async appendMessages(input) {
        const appended = await store.sessions.appendMessages(input);
        if (textOf(appended[0]) === 'my card is 4111') throw new Error('the connection is lost');
        return appended;
      },
    };
    const storage = await createStrandsStorage({ store: { ...store, sessions }, mirror: true });
    await storage.write(LATEST, snapshot([said('1')]));
    const refused = storage.write(LATEST, snapshot([said('1'), said('2', 'my card is 4111')]));
    await expect(refused).rejects.toThrow('lost');
    await storage.write(LATEST, snapshot([said('1'), said('2', '[removed]')]));
    expect(await shown()).toEqual(['1', '[removed]']);
  });

  it('shows every message in order, once, through any windows, summaries, restarts and repetitions', async () => {
    const step = fc.oneof(
      fc.record({ say: fc.integer({ min: 1, max: 4 }) }),
      fc.record({ trim: fc.integer({ min: 1, max: 5 }) }),
      fc.record({ summarise: fc.integer({ min: 1, max: 5 }) }),
      fc.constant({ restart: true }),
      fc.constant({ again: true }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const { restart, shown, ...first } = await stage();
        let { write } = first;
        let messages: SdkMessage[] = [];
        const all: string[] = [];
        let serial = 0;
        for (const each of steps) {
          if ('say' in each) {
            const fresh = Array.from({ length: each.say }, () => `${++serial}`);
            all.push(...fresh);
            messages.push(...fresh.map((id) => said(id)));
          }
          // The SDK keeps at least the newest message.
          if ('trim' in each) messages = messages.slice(Math.min(each.trim, messages.length - 1));
          if ('summarise' in each && messages.length > each.summarise) {
            messages.splice(0, each.summarise, said(`summary ${++serial}`));
          }
          if ('restart' in each) write = await restart();
          await write(messages);
        }
        expect(await shown()).toEqual(all);
      }),
      { numRuns: 100 },
    );
  });

  it('redacts what the SDK redacted in the newest message, also where another process had shown it', async () => {
    for (const restarted of [false, true]) {
      const { write, restart, shown, store } = await stage();
      await write([said('1'), said('2', 'my card is 4111')]);
      await (restarted ? await restart() : write)([said('1'), said('2', '[removed]')]);
      expect(await shown()).toEqual(['1', '[removed]']);
      expect(JSON.stringify(await readMessages(store.sessions, 's', 'a'))).not.toContain('4111');
      const [, message] = await readMessages(store.sessions, 's', 'a');
      expect(message?.redacted).toBe(true);
    }
  });

  it('redacts each result of the tools in the newest message', async () => {
    const { write, store } = await stage();
    const results = (...texts: string[]): SdkMessage => ({
      ...said('1'),
      content: texts.map((text, index) => ({
        toolResult: { toolUseId: `t${index}`, status: 'success', content: [{ text }] },
      })),
    });
    await write([results('4111', '4112')]);
    await write([results('[removed]', '[removed]')]);
    const [message] = await readMessages(store.sessions, 's', 'a');
    expect(message).toMatchObject({ redacted: true, content: results('[removed]', '[removed]').content });
  });

  it.each([false, true])(
    'redacts what the SDK redacted before the model answered, where that is told with the answer (restarted: %s)',
    async (restarted) => {
      const { write, restart, shown, store } = await stage();
      const answer = said('3', 'I cannot help with that', 'assistant');
      await write([said('1'), said('2', 'my card is 4111')]);
      const again = restarted ? await restart() : write;
      await again([said('1'), said('2', '[removed]'), answer, said('4')]);
      await again([said('1'), said('2', '[removed]'), answer, said('4')]);
      expect(await shown()).toEqual(['1', '[removed]', 'I cannot help with that', '4']);
      expect(JSON.stringify(await readMessages(store.sessions, 's', 'a'))).not.toContain('4111');
    },
  );

  it('redacts before it shows what came after, so that a failure between the two leaves nothing readable', async () => {
    const { store, shown } = await stage();
    let failures = 0;
    const sessions: SessionStore = {
      ...store.sessions,
      async appendMessages(input) {
        if (failures-- > 0) throw new Error('the connection is lost');
        return store.sessions.appendMessages(input);
      },
    };
    const storage = await createStrandsStorage({ store: { ...store, sessions }, mirror: true });
    await storage.write(LATEST, snapshot([said('1', 'my card is 4111')]));
    failures = 1;
    const later = snapshot([said('1', '[removed]'), said('2')]);
    await expect(storage.write(LATEST, later)).rejects.toThrow('lost');
    expect(await shown()).toEqual(['[removed]']);
    await storage.write(LATEST, later);
    expect(await shown()).toEqual(['[removed]', '2']);
  });

  it.each([false, true])(
    'redacts what the user said, however long ago (restarted: %s)',
    async (restarted) => {
      const { write, restart, shown } = await stage();
      const rest = [said('2', 'Hello', 'assistant'), said('3'), said('4', 'Bye', 'assistant')];
      await write([said('1', 'my card is 4111'), ...rest]);
      await (restarted ? await restart() : write)([said('1', '[removed]'), ...rest]);
      expect(await shown()).toEqual(['[removed]', 'Hello', '3', 'Bye']);
    },
  );

  const result = (id: string, text: string, call = `t${id}`): SdkMessage => ({
    ...said(id),
    content: [{ toolResult: { toolUseId: call, status: 'success', content: [{ text }] } }],
  });
  const call = (id: string, ...calls: string[]): SdkMessage => ({
    ...said(id, '', 'assistant'),
    content: calls.map((toolUseId) => ({ toolUse: { toolUseId, name: 'look', input: {} } })),
  });

  it.each<[string, string, string]>([
    ['a text', 'The whole of a long text, which a model need not see again', 'The whole of a long…'],
    ['a text, and says so', 'long', '[Truncated: 1 block, ~20 tokens]\n\nl'],
    ['a text to a summary', 'long', '[Summarized text block, ~20 tokens]\n\nIn short'],
    ['a text to its address', 'long', '[Dropped] [ref: tracking-1_0]'],
    ['an image', 'picture', '[Offloaded: ~900 tokens]'],
  ])('keeps the whole of what the SDK shortens: %s', async (_, before, after) => {
    const { write, restart, shown } = await stage();
    for (const newest of ['2', '3']) {
      await write([said('1', before), said('2')]);
      await write([said('1', after), said('2'), said(newest)]);
      await (await restart())([said('1', after), said('2'), said('3')]);
      expect(await shown()).toEqual([before, '2', '3']);
    }
  });

  it('keeps the results of tools that the SDK shortens, or another program clears, behind the newest', async () => {
    const { write, restart, store } = await stage();
    const both = (...texts: string[]) => ({
      ...said('2'),
      content: texts.flatMap((text, index) => result('2', text, `t${index}`).content),
    });
    const calls = call('1', 't0', 't1');
    await write([calls, both('found 17', 'found 18'), said('3', 'Done', 'assistant')]);
    for (const cleared of ['[cleared]', '[Dropped]', 'fo<truncated chars="3"/>17']) {
      await write([calls, both(cleared, cleared), said('3', 'Done', 'assistant')]);
      await (await restart())([calls, both(cleared, cleared), said('3', 'Done', 'assistant')]);
    }
    const [, kept] = await readMessages(store.sessions, 's', 'a');
    expect(kept).toMatchObject({ redacted: false, content: both('found 17', 'found 18').content });
  });

  it.each([false, true])(
    'shows a tool’s result that was put behind its call later on, once (restarted: %s)',
    async (restarted) => {
      const { write, restart, store } = await stage();
      const before = [said('1'), call('2', 't3')];
      await write([...before, said('4'), said('5')]);
      const repaired = [...before, result('3', 'cancelled'), said('4'), said('5'), said('6')];
      const again = restarted ? await restart() : write;
      await again(repaired);
      await again(repaired);
      await (await restart())(repaired);
      const messages = await readMessages(store.sessions, 's', 'a');
      expect(messages.map(({ trackingId }) => trackingId)).toEqual(
        ['1', '2', '4', '5', '3', '6'].map((id) => `tracking-${id}`),
      );
    },
  );

  it('shows no result twice that a program has put in place of another, and none of a deleted session', async () => {
    const { write, restart, store } = await stage();
    const texts = async () =>
      (await readMessages(store.sessions, 's', 'a')).map(({ trackingId }) => trackingId);
    await write([call('1', 't'), result('2', 'found 17', 't'), said('3')]);
    await write([call('1', 't'), result('other', 'found…', 't'), said('3')]);
    await (await restart())([call('1', 't'), result('another', '[cleared]', 't'), said('3')]);
    expect(await texts()).toEqual(['tracking-1', 'tracking-2', 'tracking-3']);

    await store.sessions.deleteSession('s', at(0));
    await write([call('1', 't'), result('2', 'found 17', 't'), said('3'), said('4')]);
    await (await restart())([call('1', 't'), result('2', 'found 17', 't'), said('3'), said('4'), said('5')]);
    expect(await texts()).toEqual(['tracking-4', 'tracking-5']);
  });

  it('keeps what it has shown where the agent shortens an older message, or another way', async () => {
    const { write, shown } = await stage();
    await write([said('1', 'a long answer of a tool'), said('2')]);
    await write([said('1', 'a long…'), said('2')]);
    await write([said('1', 'a long…'), said('2'), said('3', 'said', 'assistant')]);
    await write([said('1', 'a long…'), said('2'), said('3', 'otherwise', 'assistant')]);
    expect(await shown()).toEqual(['a long answer of a tool', '2', 'said']);
  });

  it('leaves a message redacted that was redacted in Parley', async () => {
    const { write, restart, shown, store } = await stage();
    await write([said('1', 'private')]);
    await store.sessions.redactMessage(aRedaction({ sessionId: 's', agentId: 'a', position: 0 }, '-'));
    await write([said('1', 'private')]);
    await (await restart())([said('1', 'private')]);
    await (await restart())([said('1', 'private'), said('2')]);
    expect(await shown()).toEqual(['-', '2']);
  });

  it('does not bring back the messages of a deleted session while its agent runs on', async () => {
    const { write, restart, shown, store } = await stage();
    await write([said('1'), said('2')]);
    await store.sessions.deleteSession('s', at(0));
    await write([said('1'), said('2'), said('3')]);
    await (await restart())([said('1'), said('2'), said('3'), said('4')]);
    expect(await shown()).toEqual(['3', '4']);
  });

  it('keeps agents of one session, and sessions, apart', async () => {
    const { write, store } = await stage();
    const of = (sessionId: string, agentId: string) =>
      `session/${sessionId}/scopes/agent/${agentId}/snapshots/snapshot_latest.json`;
    // Copied from one agent to another a message keeps its tracking id.
    for (const [sessionId, agentId] of [
      ['s', 'a'],
      ['s', 'b'],
      ['t', 'a'],
    ] as const) {
      await write([said('1')], of(sessionId, agentId));
      expect((await readMessages(store.sessions, sessionId, agentId)).map(textOf)).toEqual(['1']);
    }
  });

  it('looks at the newest snapshots of agents alone', async () => {
    const { write, store } = await stage();
    for (const key of [
      'session/s/scopes/agent/a/snapshots/immutable_history/snapshot_1.json',
      'session/s/scopes/multiAgent/a/snapshots/snapshot_latest.json',
      'session/s/scopes/agent/a/snapshots/manifest.json',
      'context/s/scopes/agent/a/tool_0',
      'tenant/s/scopes/agent/a/snapshots/snapshot_latest.json',
    ]) {
      await write([said('1')], key);
    }
    expect(await store.sessions.loadSessions(['s'])).toEqual([null]);
  });

  it.each([
    ['no JSON', new TextEncoder().encode('{'), 'is no JSON'],
    ['another JSON', new TextEncoder().encode('[]'), 'is no snapshot of an agent'],
    ['no list', snapshot({}), 'messages that are no list'],
    ['no message', snapshot(['x']), 'messages[0] no object'],
    [
      'another role',
      snapshot([said('1'), { ...said('2'), role: 'system' }]),
      'messages[1] the role "system"',
    ],
    ['no content', snapshot([{ ...said('1'), content: 'x' }]), 'content that is no list of blocks'],
    ['no identity', snapshot([{ role: 'user', content: [] }]), 'no trackingId'],
  ])('refuses %s, and stores none of it', async (_, data, reason) => {
    const store = openMemoryStore(emptyDatabase());
    const storage = await createStrandsStorage({ store, mirror: true });
    await expect(storage.write(LATEST, data)).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      message: expect.stringContaining(reason),
    });
    expect(await storage.read(LATEST)).toBeNull();
  });

  it('refuses ids that no session or agent can have', async () => {
    const { write } = await stage();
    const of = (sessionId: string, agentId: string) =>
      `session/${sessionId}/scopes/agent/${agentId}/snapshots/snapshot_latest.json`;
    await expectCode(write([], of('s'.repeat(513), 'a')), 'INVALID_NAME');
    await expectCode(write([], of('s', 'a.b')), 'INVALID_NAME');
  });
});
