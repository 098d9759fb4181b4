import { setTimeout as wait } from 'node:timers/promises';
import { ParleyError } from '../../../src/domain/errors.js';
import { createReplyWriter } from '../../../src/domain/replies/reply-writer.js';
import type { Message } from '../../../src/domain/sessions/model.js';
import type { OpenedStore } from '../../../src/stores/open-store.js';
import { aMetadataChange, anAppend, aRedaction } from '../../stores/contract/inputs.js';
import type { SeededRandom } from '../seeded-random.js';
import type { RealInstance } from './cut-store.js';
import { messagesIn, SESSION, textOf } from './read.js';

export interface ActsOptions {
  seed: number;
  random: SeededRandom;
  /** On which all is done but replies, which are written through the instances. */
  store: OpenedStore;
  instances: readonly RealInstance[];
  /** How often the session is removed. */
  removing: number;
  /** Ms between two pieces of a reply, about. */
  pace: number;
  fail: (error: unknown) => void;
  trace: string[];
}

/** Codes that tell a writer that its reply is none of its own any more. */
const LEFT = [
  'REPLY_TAKEN_OVER',
  'REPLY_OVER',
  'REPLY_NOT_FOUND',
  'SESSION_NOT_FOUND',
  'AGENT_NOT_FOUND',
  'REPLY_GAP',
];
/** Replies that are written at the same time. */
const WRITERS = 6;

/** Those who write to the session. */
export function createActs({ seed, random, store, instances, removing, pace, fail, trace }: ActsOptions) {
  /** Texts whose writer was told that they are kept. */
  const kept = new Set<string>();
  const redacted = new Set<string>();
  const writing = new Set<Promise<unknown>>();
  const active: { replyId: string; agentId: string }[] = [];
  let said = 0;

  /** Until it is answered by whichever instance is there. */
  async function asked<T>(ask: (on: RealInstance) => Promise<T>): Promise<T> {
    for (;;) {
      const on = random.pick(instances);
      try {
        return await Promise.race([ask(on), on.died]);
      } catch (error) {
        const passes = error instanceof ParleyError && ['STORE_UNAVAILABLE', 'TIMEOUT'].includes(error.code);
        if (!passes) throw error;
        await wait(1);
      }
    }
  }

  async function write(): Promise<void> {
    const taken = active.length > 0 && random.next() < 0.3 ? random.pick(active) : null;
    const replyId = taken?.replyId ?? `${seed}.${++said}`;
    const agentId = taken?.agentId ?? random.pick(['a', 'a', 'b']);
    const one = { replyId, agentId };
    if (!taken) active.push(one);
    const start = {
      sessionId: SESSION,
      agentId,
      replyId,
      durability: random.pick(['batched', 'each'] as const),
      createIfMissing: true,
      timeoutMs: random.pick([1_000, 60_000]),
      idempotencyKey: `${seed} w ${++said}`,
    };
    const started = await asked(({ service }) => service.startReply(start, 'a writer'));
    // As the client does: under the same key it fences nobody.
    const there =
      started.offset === 0
        ? null
        : await asked(async ({ service }) => {
            await service.startReply(start, 'a writer');
            return service.loadReply(replyId);
          });
    trace.push(`${replyId} of ${agentId} is written from ${started.offset}, epoch ${started.epoch}`);
    const closed = new AbortController();
    const writer = createReplyWriter<never, Message | null>({
      started,
      there: there?.blocks ?? [],
      closed: closed.signal,
      pause: async (ms, signal) => {
        if (!signal.aborted) await wait(Math.min(ms, 20));
      },
      random: random.next,
      calls: {
        continue: (input) => direct((service) => service.continueReply(input)),
        finish: async (input) => (await direct((service) => service.finishReply(input))).message,
        abort: async (input) => (await direct((service) => service.abortReply(input))).message,
      },
    });
    async function direct<T>(call: (service: RealInstance['service']) => T | Promise<T>): Promise<T> {
      const on = random.pick(instances);
      return Promise.race([(async () => call(on.service))(), on.died]);
    }
    let text = (there?.blocks ?? []).map((block) => block.text).join('');
    for (let left = random.between(1, 12); left > 0; left--) {
      const piece = random.pick(['x', 'yz', `<${++said}>`, 'w'.repeat(40)]);
      text += piece;
      await writer.write(piece);
      await wait(pace * random.between(0, 4));
    }
    const how = random.next();
    if (how < 0.1) {
      trace.push(`${replyId} is left`);
      closed.abort(new Error('its writer is gone'));
      return;
    }
    const isGone = () => {
      const at = active.indexOf(one);
      if (at !== -1) active.splice(at, 1);
    };
    if (how < 0.2) {
      try {
        await writer.abort({ keep: random.pick(['message', 'discard'] as const) });
      } catch (error) {
        // Another instance keeps what is durable alone, which may be nothing.
        if (!(error instanceof ParleyError) || error.code !== 'BAD_USER_INPUT') throw error;
        await writer.abort();
      }
      trace.push(`${replyId} is aborted`);
      return isGone();
    }
    const message = await writer.finish();
    trace.push(`${replyId} is finished`);
    isGone();
    const has = message && textOf(message.content);
    if (has !== text && has !== 'redacted')
      fail(new Error(`${replyId} says ${has}, and ${text} was written`));
    kept.add(text);
  }

  function begin(work: () => Promise<void>): void {
    const run = work().catch((error) => {
      const isExpected = error instanceof ParleyError && LEFT.includes(error.code);
      trace.push(`refused: ${error.code ?? error}`);
      if (!isExpected) fail(error);
    });
    writing.add(run);
    void run.finally(() => writing.delete(run));
  }

  async function append(): Promise<void> {
    const agentId = random.pick(['a', 'b']);
    const all = Array.from({ length: random.between(1, 2) }, () => `m${++said}`);
    const input = anAppend(SESSION, agentId, all, {
      createIfMissing: {},
      now: new Date(),
      key: `${seed} ${said}`,
    });
    await asked(() => store.sessions.appendMessages(input));
    trace.push(`${all} of ${agentId}`);
    for (const one of all) kept.add(one);
  }

  async function redact(): Promise<void> {
    const found = [...(await messagesIn(store, null))].flatMap(([agentId, all]) =>
      all.map(({ position, storageId, messageId }) => ({
        agentId,
        position,
        storageId,
        messageId,
        content: all[position]?.content ?? [],
      })),
    );
    if (found.length === 0) return;
    const { agentId, messageId, content } = random.pick(found);
    const address = { sessionId: SESSION, agentId, messageId };
    redacted.add(textOf(content));
    trace.push(`message ${messageId} of ${agentId} is redacted`);
    await store.sessions.redactMessage(
      aRedaction(address as never, 'redacted', { now: new Date(), key: `${seed} r ${++said}` }),
    );
  }

  async function change(): Promise<void> {
    const key = `${seed} c ${++said}`;
    await store.sessions.changeMetadata(
      aMetadataChange(SESSION, { set: [['n', said]], now: new Date(), key }),
    );
  }

  async function remove(): Promise<void> {
    trace.push('the session is removed');
    await store.sessions.deleteSession(SESSION, new Date());
  }

  return {
    act(): void {
      const how = random.next();
      if (how < removing) begin(remove);
      else if (how < 0.4) begin(append);
      else if (how >= 0.6) begin(how < 0.7 ? redact : change);
      else if (writing.size < WRITERS) begin(write);
    },
    /** All that was begun is done. */
    settled: () => Promise.all(writing),
    /** What was kept and nobody has redacted. */
    kept: () => [...kept].filter((text) => !redacted.has(text)),
  };
}
