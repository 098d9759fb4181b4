import { createCounter } from '../counter.js';
import { seededRandom } from '../seeded-random.js';
import { post, type Target } from './calls.js';
import { followReplies, type ReplyReader } from './reader.js';
import { writeReply } from './writer.js';

export interface ReplyStormOptions {
  targets: readonly Target[];
  sessions: readonly string[];
  writers: number;
  /** Readers of each session. */
  readers: number;
  seed: number;
}

export interface ReplyStormEnd {
  /** The text of each finished reply, by session, as its writer meant it. */
  meant: ReadonlyMap<string, readonly string[]>;
  /** The same as the store has it, in its order. */
  stored: ReadonlyMap<string, readonly string[]>;
  readers: readonly ReplyReader[];
  /** For each reader of each reply that was left alone: how long after its time it was told, in ms. */
  late: readonly number[];
}

const STORED = `query ($sessionId: ID!, $after: String) { session(sessionId: $sessionId) { agent(agentId: "a") {
  messages(first: 200, after: $after) { nodes { text } pageInfo { hasNextPage endCursor } } } } }`;

/**
 * Writers that write one reply after another through any of the servers, go on where a server has died under them, sometimes die
 * themselves and are replaced, at once or when everybody was told that they are gone; and readers that come back with their cursor,
 * to any of the servers.
 */
export async function startReplyStorm({ targets, sessions, writers, readers, seed }: ReplyStormOptions) {
  const meant = new Map(sessions.map((sessionId) => [sessionId, [] as string[]]));
  const late: number[] = [];
  let over = false;
  const finishedReplies = createCounter();
  const following = sessions.flatMap((sessionId) =>
    Array.from({ length: readers }, (_, index) =>
      followReplies(targets, sessionId, seededRandom(seed + 1_000 + index)),
    ),
  );

  /** Resolves when every reader of the session was told; `due`: when the writer's time is up. */
  async function abandoned(sessionId: string, replyId: string, due: number): Promise<void> {
    const told = following.filter((reader) => reader.sessionId === sessionId);
    await Promise.all(
      told.map(async (reader) => {
        const { at, connectedAt } = await reader.abandoned(replyId);
        // Who was away is told when it is back.
        late.push(at - Math.max(due, connectedAt));
      }),
    );
  }

  async function write(writer: number): Promise<void> {
    const random = seededRandom(seed + writer);
    for (let serial = 0; !over; serial++) {
      const sessionId = random.pick(sessions);
      const replyId = `w${writer}-${serial}`;
      const text = await writeReply(targets, { sessionId, replyId, random, abandoned });
      meant.get(sessionId)?.push(text);
      finishedReplies.add();
    }
  }

  async function storedOf(sessionId: string): Promise<string[]> {
    const texts: string[] = [];
    for (let after: string | null = null; ; ) {
      const answer = await post(seededRandom(seed).pick(targets), STORED, { sessionId, after });
      if (!answer) continue;
      // biome-ignore lint/suspicious/noExplicitAny: the shape is what the query asks for.
      const { nodes, pageInfo } = (answer.data as any).session.agent.messages;
      for (const { text } of nodes) texts.push(text);
      if (!pageInfo.hasNextPage) return texts;
      after = pageInfo.endCursor;
    }
  }

  // What was there before, they are not told.
  await Promise.all(following.map((reader) => reader.ready()));
  const writing = Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
  const failed = Promise.race([
    writing.then(() => new Promise<never>(() => {})),
    ...following.map((reader) => reader.failed),
  ]);
  failed.catch(() => {});
  return {
    /** Rejects where a writer is refused what it may do, or a reader is shown what is wrong. */
    failed,
    finishedReplies,
    /** Once all readers have what was written. */
    async finish(): Promise<ReplyStormEnd> {
      over = true;
      await Promise.race([writing, failed]);
      const all = following.map(({ sessionId, seen }) => seen(meant.get(sessionId)?.length ?? 0));
      await Promise.race([Promise.all(all), failed]);
      for (const { stop } of following) await stop();
      const stored = new Map<string, string[]>();
      for (const sessionId of sessions) stored.set(sessionId, await storedOf(sessionId));
      return { meant, stored, readers: following, late };
    },
  };
}
