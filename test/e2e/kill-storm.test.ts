import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCounter } from '../support/counter.js';
import { type KillableServer, startKillable } from '../support/killable-server.js';
import { type Follower, followResuming, type StoredMessage } from '../support/resuming-follower.js';
import { seededRandom } from '../support/seeded-random.js';

const KILLS = 20;
const WRITERS = 8;
const SESSIONS = ['s0', 's1', 's2'];
const AGENTS = ['support', 'billing'];
const LONG_TEXT = 60_000;
/** Codes after which a writer sends the same request again. */
const AGAIN = new Set(['STORE_UNAVAILABLE', 'TIMEOUT']);
const seed = Number(process.env.KILL_STORM_SEED ?? Math.floor(Math.random() * 2 ** 31));

const APPEND = `mutation ($input: AppendMessagesInput!) {
  appendMessages(input: $input) { messages { messageId position text } }
}`;
const FEEDBACK = `mutation ($input: AddFeedbackInput!) { addFeedback(input: $input) { feedback { comment } } }`;
const READ = `query ($sessionId: ID!, $agentId: ID!, $after: String) {
  session(sessionId: $sessionId) {
    feedback { comment }
    agent(agentId: $agentId) {
      messageCount
      messages(first: 200, after: $after) { nodes { messageId position text } pageInfo { hasNextPage endCursor } }
    }
  }
}`;

interface Acknowledged {
  sessionId: string;
  agentId: string;
  messages: StoredMessage[];
}
let folder = '';
let server: KillableServer | undefined;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-kill-storm-'));
});
afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('kill -9 in the middle of a storm of writes, 20 times', () => {
  it('loses nothing acknowledged, doubles nothing, and shows subscribers each message once and in order', {
    timeout: 300_000,
  }, async () => {
    console.log(`kill storm: KILL_STORM_SEED=${seed}`);
    const running = await startKillable({ SQLITE_PATH: join(folder, 'parley.db') });
    server = running;

    const followers = SESSIONS.map((sessionId) => followResuming(running, sessionId));
    await Promise.all(followers.map(({ ready }) => ready));
    const storm = startStorm(running);
    const random = seededRandom(seed);
    for (let kill = 0; kill < KILLS; kill++) {
      await storm.acknowledgedMore(random.between(5, 60));
      // Not at the moment of an answer, but at any moment between two.
      await new Promise((resolve) => setTimeout(resolve, random.next() * 10));
      await Promise.race([running.killAndRestart(), storm.failed]);
    }
    await storm.finish();

    for (const [n, sessionId] of SESSIONS.entries()) {
      const stored = new Map<string, StoredMessage[]>();
      for (const agentId of AGENTS) stored.set(agentId, await readAll(running.url, sessionId, agentId));
      const { events, seen } = followers[n] as Follower;
      const total = [...stored.values()].reduce((sum, messages) => sum + messages.length, 0);
      const comments = storm.comments.get(sessionId) ?? [];
      await seen(total, comments.length);

      for (const [agentId, messages] of stored) {
        const gapless = messages.map((_, index) => index);
        expect(messages.map(({ messageId }) => messageId)).toEqual(gapless);
        expect(messages.map(({ position }) => position)).toEqual(gapless);

        const acknowledged = storm.appends.filter((a) => a.sessionId === sessionId && a.agentId === agentId);
        const told = acknowledged
          .flatMap(({ messages }) => messages)
          .sort((a, b) => a.messageId - b.messageId);
        // Every writer went on until it was answered: what is stored is what was acknowledged, each once.
        expect(messages).toEqual(told);
        for (const append of acknowledged) {
          const first = append.messages[0]?.position ?? 0;
          expect(append.messages.map(({ position }) => position - first)).toEqual(
            append.messages.map((_, index) => index),
          );
        }
        const received = events.filter((event) => event.agentId === agentId && event.message);
        expect(received.map(({ message }) => message)).toEqual(messages);
      }

      const { feedback } = await sessionOf(running.url, sessionId, AGENTS[0] as string, null);
      expect(feedback.map(({ comment }) => comment).sort()).toEqual([...comments].sort());
      const told = events.flatMap((event) => (event.feedback ? [event.feedback.comment] : []));
      expect(told).toEqual(feedback.map(({ comment }) => comment));
      expect(events.filter(({ __typename }) => __typename === 'SessionCreated')).toHaveLength(1);
      expect(events.filter(({ __typename }) => __typename === 'Resync')).toEqual([]);
    }
    await Promise.all(followers.map(({ stop }) => stop()));
    expect(await running.stop()).toBe(0);
    server = undefined;
  });
});

/** Writers that repeat each request with its key until it is answered. */
function startStorm(target: KillableServer) {
  const appends: Acknowledged[] = [];
  const comments = new Map<string, string[]>();
  const acknowledged = createCounter();
  let over = false;

  const write = async (writer: number) => {
    const random = seededRandom(seed + 1 + writer);
    for (let n = 0; !over; n++) {
      const name = `writer ${writer}, write ${n}`;
      const sessionId = random.pick(SESSIONS);
      if (random.next() < 0.1) {
        const input = { sessionId, comment: name, idempotencyKey: name };
        const made = await untilAnswered(target, FEEDBACK, { input }, 'SESSION_NOT_FOUND');
        if (made) comments.set(sessionId, [...(comments.get(sessionId) ?? []), name]);
      } else {
        const agentId = random.pick(AGENTS);
        const length = random.next() < 0.1 ? LONG_TEXT : 100;
        const messages = Array.from({ length: random.between(1, 3) }, (_, index) => ({
          role: 'USER',
          text: `${name}, message ${index} ${'.'.repeat(length)}`,
        }));
        const input = { sessionId, agentId, createIfMissing: true, idempotencyKey: name, messages };
        const data = await untilAnswered<{ appendMessages: { messages: StoredMessage[] } }>(target, APPEND, {
          input,
        });
        if (!data) throw new Error('an append with createIfMissing found no session');
        expect(data.appendMessages.messages.map(({ text }) => text)).toEqual(
          messages.map(({ text }) => text),
        );
        appends.push({ sessionId, agentId, messages: data.appendMessages.messages });
      }
      acknowledged.add();
    }
  };
  const writers = Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
  const failed = new Promise<never>((_resolve, reject) => {
    writers.catch(reject);
  });
  failed.catch(() => {});
  return {
    appends,
    comments,
    failed,
    acknowledgedMore: (count: number) => Promise.race([failed, acknowledged.more(count)]),
    async finish() {
      over = true;
      await writers;
    },
  };
}

/** The data of the answer, or null where it is an error of the code `expected`. */
async function untilAnswered<T>(
  target: KillableServer,
  query: string,
  variables: Record<string, unknown>,
  expected?: string,
): Promise<T | null> {
  for (;;) {
    await target.up();
    let answer: Answer<T>;
    try {
      answer = await post<T>(target.url, query, variables);
    } catch {
      // The connection was cut, before or after the write: the key makes it harmless to repeat.
      continue;
    }
    if (!answer.errors && answer.data) return answer.data;
    const code = answer.errors?.[0]?.extensions.code ?? '';
    if (code === expected) return null;
    if (!AGAIN.has(code)) throw new Error(`a write was refused: ${JSON.stringify(answer.errors)}`);
  }
}

interface Answer<T> {
  data?: T;
  errors?: { message: string; extensions: { code: string } }[];
}

async function post<T>(url: string, query: string, variables: Record<string, unknown>): Promise<Answer<T>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()) as Answer<T>;
}

interface SessionAnswer {
  feedback: { comment: string }[];
  agent: {
    messageCount: number;
    messages: { nodes: StoredMessage[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
  };
}

async function sessionOf(
  url: string,
  sessionId: string,
  agentId: string,
  after: string | null,
): Promise<SessionAnswer> {
  const { data, errors } = await post<{ session: SessionAnswer }>(url, READ, { sessionId, agentId, after });
  if (!data?.session) throw new Error(`${sessionId} cannot be read: ${JSON.stringify(errors)}`);
  return data.session;
}

async function readAll(url: string, sessionId: string, agentId: string): Promise<StoredMessage[]> {
  const all: StoredMessage[] = [];
  for (let after: string | null = null; ; ) {
    const { agent } = await sessionOf(url, sessionId, agentId, after);
    all.push(...agent.messages.nodes);
    if (!agent.messages.pageInfo.hasNextPage) {
      expect(agent.messageCount).toBe(all.length);
      return all;
    }
    after = agent.messages.pageInfo.endCursor;
  }
}
