import type { SeededRandom } from '../seeded-random.js';
import { type Answer, post, type Target } from './calls.js';

export interface WriteOptions {
  sessionId: string;
  replyId: string;
  random: SeededRandom;
  /** Resolves when everybody was told that the reply is abandoned; `due`: when its time is up. */
  abandoned(sessionId: string, replyId: string, due: number): Promise<void>;
}

const PAYLOADS = {
  startReply: 'replyId epoch offset',
  continueReply: 'offset',
  finishReply: 'message { text }',
} as const;
const USUAL_TIMEOUT = 30;

/** Writes one reply until it is finished. The text that it has then. */
export async function writeReply(targets: readonly Target[], options: WriteOptions): Promise<string> {
  const { sessionId, replyId, random } = options;
  const pieces = Array.from(
    { length: random.between(3, 40) },
    (_, index) => `${replyId}.${index} \u{1F600} `,
  );
  const text = pieces.join('');
  /** Where its writer leaves it alone, in some replies. */
  let leavesAt = random.next() < 0.1 ? random.between(1, text.length - 1) : Number.POSITIVE_INFINITY;
  const replyTimeout = leavesAt < text.length ? random.between(1, 3) : USUAL_TIMEOUT;
  let target = random.pick(targets);
  const call = async (name: keyof typeof PAYLOADS, input: object): Promise<Answer> => {
    const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input`;
    const query = `mutation ($input: ${type}!) { ${name}(input: $input) { ${PAYLOADS[name]} } }`;
    for (;;) {
      const answer = await post(target, query, { input });
      // biome-ignore lint/suspicious/noExplicitAny: the shape is what the mutation asks for.
      if (answer) return { ...answer, data: (answer.data as any)?.[name] };
      target = random.pick(targets);
    }
  };
  const durability = random.next() < 0.2 ? 'EACH' : 'BATCHED';
  const start = async () => {
    const idempotencyKey = `${replyId}-${random.next()}`;
    const rest = { createIfMissing: true, durability, replyTimeout, idempotencyKey };
    const { data, code } = await call('startReply', { sessionId, agentId: 'a', replyId, ...rest });
    if (code) throw new Error(`${replyId} could not be started: ${code}`);
    return data as { epoch: number; offset: number };
  };
  let { epoch, offset } = await start();
  while (offset < text.length) {
    if (offset >= leavesAt) {
      leavesAt = Number.POSITIVE_INFINITY;
      await options.abandoned(sessionId, replyId, Date.now() + replyTimeout * 1_000);
      ({ epoch, offset } = await start());
    }
    if (random.next() < 0.03) {
      // The writer dies, with a call on its way; the next one goes on, and what the first still sends changes nothing.
      const ghost = { replyId, epoch, offset, parts: [{ block: 0, text: 'the ghost of a writer' }] };
      ({ epoch, offset } = await start());
      const query = 'mutation ($input: ContinueReplyInput!) { continueReply(input: $input) { offset } }';
      await post(random.pick(targets), query, { input: ghost });
    }
    if (random.next() < 0.05) target = random.pick(targets);
    const end = boundary(text, offset + random.between(1, 60));
    const part = { block: 0, text: text.slice(offset, end) };
    const { data, code, expected } = await call('continueReply', { replyId, epoch, offset, parts: [part] });
    if (code === 'REPLY_GAP') offset = expected as number;
    else if (code) throw new Error(`${replyId} at ${offset}: ${code}`);
    else offset = (data as { offset: number }).offset;
    if (random.next() < 0.3) await new Promise((resolve) => setTimeout(resolve, random.next() * 20));
    if (offset < text.length) continue;
    const finished = await call('finishReply', { replyId, epoch, offset: text.length });
    if (finished.code === 'REPLY_GAP') offset = finished.expected as number;
    else if (finished.code) throw new Error(`${replyId} could not be finished: ${finished.code}`);
    else if ((finished.data as { message: { text: string } }).message.text !== text)
      throw new Error(`${replyId} was finished as ${JSON.stringify(finished.data)}`);
  }
  return text;
}

/** No surrogate pair is cut. */
const boundary = (text: string, end: number) =>
  /[\ud800-\udbff]/.test(text[end - 1] ?? '') ? end + 1 : Math.min(end, text.length);
