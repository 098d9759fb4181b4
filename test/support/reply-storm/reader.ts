import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import type { SeededRandom } from '../seeded-random.js';
import { CODES_TO_REPEAT, type Target } from './calls.js';

/** One reader of a session: what it was shown. */
export interface ReplyReader {
  readonly sessionId: string;
  /** The text of each message, in the order in which they came. */
  readonly finished: readonly string[];
  /** Replies that it was told to have begun, and not to be over. */
  readonly unfinished: () => readonly string[];
  /** Which events it was told, and how often. */
  readonly told: ReadonlyMap<string, number>;
  /** Rejects with the first thing that is wrong with what it is shown. */
  readonly failed: Promise<never>;
  /** Resolves when it follows. */
  ready(): Promise<void>;
  /** When it was told that the reply is abandoned, and since when it was connected then. */
  abandoned(replyId: string): Promise<{ at: number; connectedAt: number }>;
  /** Resolves when it has so many messages. */
  seen(count: number): Promise<void>;
  stop(): Promise<void>;
}

const FOLLOW = `subscription ($sessionId: ID!, $after: String) {
  sessionEvents(sessionId: $sessionId, after: $after, replies: true) {
    __typename cursor
    ... on MessageAdded { message { messageId text } }
    ... on ReplyStarted { replyId reply { text state } }
    ... on ReplyProgress { replyId offset parts { text } }
    ... on ReplyRewound { replyId offset }
    ... on ReplyAbandoned { replyId }
    ... on ReplyResumed { replyId }
    ... on ReplyFinished { replyId message { messageId text } }
    ... on ReplyAborted { replyId }
    ... on Resync { reason }
  }
}`;

// biome-ignore lint/suspicious/noExplicitAny: the shape of an event is what the query asks for.
type Event = any;

/** Follows a session's replies through whichever server is up, and compares each event with what it was told before. */
export function followReplies(
  targets: readonly Target[],
  sessionId: string,
  random: SeededRandom,
): ReplyReader {
  const finished: string[] = [];
  const told = new Map<string, number>();
  const texts = new Map<string, string>();
  const abandoned = new Map<string, { at: number; connectedAt: number }>();
  const messages = new Set<number>();
  const variables: { sessionId: string; after?: string } = { sessionId };
  let connectedAt = Date.now();
  let waiting: (() => void)[] = [];
  let fail: (error: Error) => void = () => {};
  const failed = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  failed.catch(() => {});
  let target = random.pick(targets);
  const client = createClient({
    url: () => target.url.replace('http', 'ws'),
    webSocketImpl: WebSocket,
    retryAttempts: Number.POSITIVE_INFINITY,
    async retryWait() {
      target = random.pick(targets);
      await target.up();
    },
    shouldRetry: () => true,
  });

  function show(event: Event): void {
    const { __typename: type, replyId, message } = event;
    told.set(type, (told.get(type) ?? 0) + 1);
    const fault = (what: string) =>
      fail(new Error(`a reader of ${sessionId}, ${type} of ${replyId}: ${what}`));
    const known = texts.get(replyId);
    if (replyId && type !== 'ReplyStarted' && known === undefined) fault('it was not told that it began');
    const before = known ?? '';
    switch (type) {
      case 'Ready':
        connectedAt = Date.now();
        break;
      case 'ReplyStarted':
        if (known !== undefined) fault('it was told before');
        texts.set(replyId, event.reply.text);
        if (event.reply.state === 'ABANDONED') abandoned.set(replyId, { at: Date.now(), connectedAt });
        break;
      case 'ReplyRewound':
        if (event.offset > before.length) fault('there is nothing to forget');
        texts.set(replyId, before.slice(0, event.offset));
        break;
      case 'ReplyProgress':
        if (before.length !== event.offset) fault(`at ${event.offset}, and ${before.length} were told`);
        texts.set(replyId, before + event.parts.map((part: Event) => part.text).join(''));
        break;
      case 'ReplyAbandoned':
        abandoned.set(replyId, { at: Date.now(), connectedAt });
        break;
      case 'ReplyResumed':
        abandoned.delete(replyId);
        break;
      case 'ReplyAborted':
        fault('nobody has aborted it');
        break;
      case 'Resync':
        fault(event.reason);
        break;
      case 'ReplyFinished':
        if (before !== message.text) fault(`it says ${message.text}, and ${before} was told`);
    }
    if (!message) return;
    if (messages.has(message.messageId)) fault(`message ${message.messageId} comes again`);
    messages.add(message.messageId);
    texts.delete(replyId);
    finished.push(message.text);
  }

  const until = (check: () => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (check()) resolve();
        else waiting.push(look);
      };
      look();
    });

  const follow = () =>
    client.subscribe<{ sessionEvents: Event }>(
      { query: FOLLOW, variables },
      {
        next({ data, errors }) {
          if (!data) return fail(new Error(JSON.stringify(errors)));
          variables.after = data.sessionEvents.cursor;
          show(data.sessionEvents);
          const looks = waiting;
          waiting = [];
          for (const look of looks) look();
        },
        error(error) {
          const [first] = Array.isArray(error) ? error : [];
          if (CODES_TO_REPEAT.has(first?.extensions?.code)) setTimeout(follow, 100);
          else fail(new Error(`the feed ended: ${JSON.stringify(error)}`));
        },
        complete: () => {},
      },
    );
  follow();
  return {
    sessionId,
    finished,
    unfinished: () => [...texts.keys()],
    told,
    failed,
    ready: () => until(() => told.has('Ready')),
    async abandoned(replyId) {
      await until(() => abandoned.has(replyId));
      return abandoned.get(replyId) as { at: number; connectedAt: number };
    },
    seen: (count) => until(() => finished.length >= count),
    stop: async () => client.dispose(),
  };
}
