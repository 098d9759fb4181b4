import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/domain/json/json-value.js';
import type { Role } from '../../../src/domain/sessions/model.js';
import type { SessionStore } from '../../../src/domain/sessions/session-store.js';
import { MAX_TOKENS } from '../../../src/domain/sessions/usage.js';
import { recordedSessions } from '../../support/recorded-strands.js';
import { USAGE_REPORTS } from '../../support/usage-reports.js';
import { anAppend, aRedaction, type Said, someMetrics } from './inputs.js';
import { readMessages, usageIn } from './reads.js';
import { type StoreSetup, useStage } from './stage.js';

const saying = (usage?: JsonObject, role: Role = 'assistant'): Said => ({
  role,
  content: [{ text: 'x' }],
  ...(usage ? { metadata: { usage, metrics: { latencyMs: 1 } } } : {}),
});
const [question, answer] = [saying(undefined, 'user'), saying()];

/** A counter with so many tokens in all, after so many cycles. */
const counter = (totalTokens: number | null, cycles?: number): JsonObject => ({
  accumulated_usage: { totalTokens },
  ...(cycles === undefined ? {} : { cycle_metrics: { cycle_count: cycles } }),
});

export function usageSentences(setup: StoreSetup): void {
  describe('what messages cost', () => {
    const stage = useStage(setup);
    const prepared = async (said: readonly Said[]) => {
      const sessionId = stage.id();
      await stage.store.appendMessages(anAppend(sessionId, 'a', said, { createIfMissing: {} }));
      return { sessionId, agentId: 'a' };
    };
    type Address = Awaited<ReturnType<typeof prepared>>;
    const record = (address: Address, position: number, metrics: JsonObject) =>
      stage.store.recordMetrics(someMetrics({ ...address, position }, metrics));

    /** Tokens in all of each message, then of the agent; the session says the same. */
    async function tokens(address: Address, store: SessionStore = stage.store) {
      const { sessionId } = address;
      const messages = await readMessages(store, sessionId, 'a');
      const costs = await store.loadUsage([
        ...messages.map(({ position }) => ({ ...address, position })),
        address,
        { sessionId },
      ]);
      expect(costs.pop()).toEqual(costs.at(-1));
      return costs.map((cost) => cost?.totalTokens ?? null);
    }

    it('is what each reports of its own model call, under the names of any library', async () => {
      const address = await prepared(USAGE_REPORTS.map(([, usage]) => saying(usage)));
      const wanted = USAGE_REPORTS.map((_, position) => ({ ...address, position }));
      const usages = await stage.store.loadUsage([...wanted, address]);
      const counts = usages.map((usage) => usage && Object.values(usage));
      const total = counts.pop();
      expect(counts).toEqual(USAGE_REPORTS.map(([, , reported]) => reported));
      const sums = [0, 1, 2, 3, 4].map((index) =>
        counts.reduce((sum, reported) => sum + (reported?.[index] ?? 0), 0),
      );
      expect(total).toEqual(sums);
    });

    it('counts in a list of details only what is a count', async () => {
      const details = [
        { cached_tokens: 1 },
        { cached_tokens: 2 },
        { cached_tokens: 0.5 },
        'x',
        [{ cached_tokens: 4 }],
      ];
      const address = await prepared([
        saying({ inputTokensDetails: details }),
        saying({ inputTokensDetails: { cached_tokens: [5] } }),
      ]);
      const usage = { ...address, position: 0 };
      expect(await usageIn(stage.store, usage)).toMatchObject({ cacheReadInputTokens: 3, inputTokens: null });
      expect(await usageIn(stage.store, { ...address, position: 1 })).toBeNull();
    });

    it('is null where nothing was reported, and 0 in all', async () => {
      const address = await prepared([question, saying({ inputTokens: 'many', details: [1, null] })]);
      expect(await tokens(address)).toEqual([null, null, 0]);
    });

    it('is what the counter has risen by, where it runs on over questions and answers', async () => {
      const address = await prepared([question, answer, question, answer, question, answer]);
      await record(address, 1, counter(18, 1));
      await record(address, 2, counter(18, 1));
      await record(address, 3, counter(36, 2));
      await record(address, 4, counter(36, 2));
      await record(address, 5, counter(54, 3));
      expect(await tokens(address)).toEqual([null, 18, 0, 18, 0, 18, 54]);
    });

    it('counts a counter that a message is appended with as one that is recorded later', async () => {
      const counted = (metrics: JsonObject): Said => ({
        role: 'assistant',
        content: [{ text: 'x' }],
        metrics,
      });
      const address = await prepared([question, counted(counter(18, 1)), question]);
      const both = [counted(counter(36, 2)), counted(counter(50, 3))];
      const [appended] = await stage.store.appendMessages(anAppend(address.sessionId, 'a', both));
      expect(await tokens(address)).toEqual([null, 18, null, 18, 14, 50]);
      expect(appended).toMatchObject({ eventLoopMetrics: counter(36, 2) });
      expect((await readMessages(stage.store, address.sessionId, 'a'))[3]).toMatchObject({
        eventLoopMetrics: counter(36, 2),
      });
    });

    it('begins anew where tokens or cycles fell', async () => {
      const address = await prepared([answer, answer, answer]);
      await record(address, 0, counter(36, 2));
      await record(address, 1, counter(60, 1));
      await record(address, 2, counter(20, 3));
      expect(await tokens(address)).toEqual([36, 60, 20, 116]);
    });

    it('begins anew where a question without a counter was answered and no cycle was added', async () => {
      const address = await prepared([answer, question, answer]);
      await record(address, 0, counter(18, 1));
      await record(address, 2, counter(60, 1));
      expect(await tokens(address)).toEqual([18, null, 60, 78]);
    });

    it('runs on where the counter sits on the last message of each invocation alone', async () => {
      const address = await prepared([question, answer, question, answer]);
      await record(address, 1, counter(18, 1));
      await record(address, 3, counter(36, 2));
      expect(await tokens(address)).toEqual([null, 18, null, 18, 36]);
    });

    it('counts what an answer reports itself, not the counter on top', async () => {
      const address = await prepared([question, saying({ totalTokens: 18 }), question, answer]);
      await record(address, 1, counter(18, 1));
      await record(address, 2, counter(18, 1));
      await record(address, 3, counter(36, 2));
      expect(await tokens(address)).toEqual([null, 18, 0, 18, 36]);
    });

    it('counts a message once, however often its counter is replaced or taken away, whatever came after', async () => {
      const address = await prepared([answer, answer, answer]);
      await record(address, 2, counter(50, 3));
      expect(await tokens(address)).toEqual([null, null, 50, 50]);
      await record(address, 1, counter(30, 2));
      expect(await tokens(address)).toEqual([null, 30, 20, 50]);
      await record(address, 0, counter(10, 1));
      expect(await tokens(address)).toEqual([10, 20, 20, 50]);
      await record(address, 1, { custom: 1 });
      expect(await tokens(address)).toEqual([10, null, 40, 50]);
      await record(address, 0, counter(60, 1));
      expect(await tokens(address, stage.neighbour)).toEqual([60, null, 50, 110]);
    });

    it('remembers what an earlier reading of a run knew and a later one does not', async () => {
      const address = await prepared([answer, answer, answer]);
      await record(address, 2, counter(30, 3));
      await record(address, 1, counter(null, 2));
      await record(address, 0, counter(10, 1));
      expect(await tokens(address)).toEqual([10, null, 20, 30]);
    });

    it('stays as it is after a redaction, and is that of who said it', async () => {
      const own = await prepared([question, saying({ totalTokens: 18, note: 'secret' }), answer]);
      await record(own, 2, counter(36, 2));
      for (const position of [0, 1, 2]) {
        const role = position === 0 ? 'user' : 'assistant';
        await stage.store.redactMessage(aRedaction({ ...own, position }, '-', { role }));
      }
      expect(await tokens(own)).toEqual([null, 18, 36, 54]);
      const read = await prepared([answer, answer, answer]);
      await record(read, 0, counter(18, 1));
      await record(read, 2, counter(60, 1));
      expect(await tokens(read)).toEqual([18, null, 42, 60]);
      await stage.store.redactMessage(aRedaction({ ...read, position: 1 }, '-', { role: 'user' }));
      expect(await tokens(read)).toEqual([18, null, 60, 78]);
    });

    it('sums the agents of a session, and passes 2^31', async () => {
      const address = await prepared([saying({ totalTokens: 3_000_000_000 }), answer]);
      const { sessionId } = address;
      await stage.store.appendMessages(
        anAppend(sessionId, 'b', [saying({ totalTokens: 4_000_000_000 }), answer], { createIfMissing: {} }),
      );
      await record(address, 1, counter(2 ** 32));
      expect(await usageIn(stage.store, { sessionId })).toEqual({
        inputTokens: 0,
        outputTokens: 0,
        totalTokens: 7_000_000_000 + 2 ** 32,
        cacheReadInputTokens: 0,
        cacheWriteInputTokens: 0,
      });
    });

    it('takes nothing that is no count for one: neither a page nor a total is spoilt by it', async () => {
      const said = [2 ** 53 - 1, MAX_TOKENS + 1, 1.5, -1, '7', null, 1e300, { n: 1 }, [1], true].map(
        (totalTokens) => saying({ totalTokens, inputTokens: 1 } as JsonObject),
      );
      const address = await prepared([...said, answer, answer]);
      await record(address, 10, {
        accumulated_usage: { totalTokens: -5, inputTokens: 2 ** 53 - 1, outputTokens: 2 },
      });
      await record(address, 11, { accumulated_usage: { totalTokens: 0.5, inputTokens: 3, outputTokens: 4 } });
      expect(await usageIn(stage.store, address)).toMatchObject({
        totalTokens: 0,
        inputTokens: 13,
        outputTokens: 4,
      });
    });

    it('says null of a total beyond 53 bits, and of that alone', async () => {
      const call = saying({ inputTokens: MAX_TOKENS, outputTokens: MAX_TOKENS });
      const address = await prepared(Array.from({ length: 4_600 }, () => call));
      const { sessionId } = address;
      const half = 4_600 * MAX_TOKENS;
      const spent = {
        inputTokens: half,
        outputTokens: half,
        cacheReadInputTokens: 0,
        cacheWriteInputTokens: 0,
      };
      const full = { ...spent, totalTokens: null };
      await stage.store.appendMessages(anAppend(sessionId, 'b', [answer], { createIfMissing: {} }));
      const other = { sessionId, agentId: 'b' };
      await stage.store.recordMetrics(someMetrics({ ...other, position: 0 }, counter(MAX_TOKENS)));
      const usages = await stage.store.loadUsage([address, { sessionId }, other]);
      expect(usages).toEqual([full, full, expect.objectContaining({ totalTokens: MAX_TOKENS })]);
    });

    it.each(recordedSessions().map((session) => [session.name, session] as const))(
      'is what was spent in a session that Python recorded: %s',
      async (_name, { document, totalTokens }) => {
        const sessionId = stage.id();
        for (const [agentId, { messages }] of Object.entries(document.agents)) {
          const said = messages.map(({ message: { role, metadata } }): Said => {
            const { usage } = (metadata ?? {}) as { usage?: JsonObject };
            return { role, content: [{ text: 'x' }], ...(usage ? { metadata: { usage } } : {}) };
          });
          await stage.store.appendMessages(anAppend(sessionId, agentId, said, { createIfMissing: {} }));
          // The latest first: what came before is known later than what came after.
          for (const [position, { event_loop_metrics }] of [...messages.entries()].reverse()) {
            if (event_loop_metrics) await record({ sessionId, agentId }, position, event_loop_metrics);
          }
          expect(await usageIn(stage.store, { sessionId, agentId })).toMatchObject({
            totalTokens: totalTokens[agentId],
          });
        }
      },
    );

    it('answers in the order asked, null where session, agent or message is missing', async () => {
      const address = await prepared([saying({ totalTokens: 5 })]);
      const { sessionId } = address;
      const answers = await stage.store.loadUsage([
        { sessionId: stage.id() },
        address,
        { sessionId, agentId: 'no' },
        { sessionId: 'no', agentId: 'a', position: 0 },
        { ...address, position: 1 },
        { ...address, position: 0 },
        { sessionId },
        address,
      ]);
      expect(answers.map((usage) => usage?.totalTokens ?? null)).toEqual([
        null,
        5,
        null,
        null,
        null,
        5,
        5,
        5,
      ]);
      expect(await stage.store.loadUsage([])).toEqual([]);
    });

    it('knows agents whose names other databases take for something else', async () => {
      const address = await prepared([saying({ totalTokens: 1 })]);
      const { sessionId } = address;
      const names = ['a$b', '__proto__', '10', 'constructor'];
      for (const [index, name] of names.entries()) {
        const said = [saying({ totalTokens: 10 ** (index + 1) })];
        await stage.store.appendMessages(anAppend(sessionId, name, said, { createIfMissing: {} }));
      }
      const answers = await stage.store.loadUsage([
        { sessionId },
        ...names.flatMap((agentId) => [
          { sessionId, agentId },
          { sessionId, agentId, position: 0 },
        ]),
      ]);
      expect(answers.map((usage) => usage?.totalTokens)).toEqual([
        11_111, 10, 10, 100, 100, 1_000, 1_000, 10_000, 10_000,
      ]);
    });
  });
}
