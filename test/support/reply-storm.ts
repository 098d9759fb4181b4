import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import type { KillableServer } from './killable-server.js';
import { seededRandom } from './seeded-random.js';

/** A server that may be killed at any moment, one of several on one database. */
type Target = Pick<KillableServer, 'url' | 'up'>;
type Random = ReturnType<typeof seededRandom>;

export interface ReplyStormOptions {
  targets: readonly Target[];
  sessions: readonly string[];
  writers: number;
  /** Readers of each session. */
  readers: number;
  seed: number;
}

/** What one reader of a session was shown, and what of it was wrong. */
export interface ReplyReader {
  /** The text of each message, in the order in which they came. */
  finished: string[];
  faults: string[];
  /** Which events it was told, and how often. */
  told: Map<string, number>;
}

const CODES_TO_REPEAT = new Set(['STORE_UNAVAILABLE', 'TIMEOUT', 'LIVE_UNAVAILABLE']);
const PAYLOADS = {
  startReply: 'replyId epoch offset',
  continueReply: 'offset',
  finishReply: 'message { text }',
} as const;

const FOLLOW = `subscription ($sessionId: ID!, $after: String) {
  sessionEvents(sessionId: $sessionId, after: $after, replies: true) {
    __typename cursor
    ... on MessageAdded { message { messageId text } }
    ... on ReplyStarted { replyId reply { text } }
    ... on ReplyProgress { replyId offset parts { text } }
    ... on ReplyRewound { replyId offset }
    ... on ReplyFinished { replyId message { messageId text } }
    ... on ReplyAborted { replyId }
    ... on Resync { reason }
  }
}`;

/**
 * Writers that write one reply after another through any of the servers, go on where a server has died under them, and sometimes
 * die themselves and are replaced; and readers that come back with their cursor, to any of the servers.
 */
export function startReplyStorm({ targets, sessions, writers, readers, seed }: ReplyStormOptions) {
  const meant = new Map(sessions.map((sessionId) => [sessionId, [] as string[]]));
  let over = false;
  let finishedReplies = 0;
  const started = sessions.flatMap((sessionId) =>
    Array.from({ length: readers }, (_, index) =>
      read(targets, sessionId, seededRandom(seed + 1_000 + index)),
    ),
  );

  async function write(writer: number): Promise<void> {
    const random = seededRandom(seed + writer);
    for (let serial = 0; !over; serial++) {
      const sessionId = random.pick(sessions);
      const text = await writeOne(targets, sessionId, `w${writer}-${serial}`, random);
      meant.get(sessionId)?.push(text);
      finishedReplies++;
    }
  }

  const writing = Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
  return {
    failed: writing.then(() => new Promise<never>(() => {})),
    get finishedReplies() {
      return finishedReplies;
    },
    /** What the writers meant, by session, once all readers have it. */
    async finish(): Promise<{
      meant: Map<string, string[]>;
      readers: { sessionId: string; reader: ReplyReader }[];
    }> {
      over = true;
      await writing;
      await Promise.all(started.map(({ sessionId, seen }) => seen(meant.get(sessionId)?.length ?? 0)));
      for (const { stop } of started) await stop();
      return { meant, readers: started };
    },
  };
}

/** The text that the reply has when it is finished. */
async function writeOne(
  targets: readonly Target[],
  sessionId: string,
  replyId: string,
  random: Random,
): Promise<string> {
  const pieces = Array.from(
    { length: random.between(3, 40) },
    (_, index) => `${replyId}.${index} \u{1F600} `,
  );
  const text = pieces.join('');
  let target = random.pick(targets);
  const call = async (name: keyof typeof PAYLOADS, input: object): Promise<Answer> => {
    for (;;) {
      const answer = await post(target, name, input);
      if (answer) return answer;
      target = random.pick(targets);
    }
  };
  const durability = random.next() < 0.2 ? 'EACH' : 'BATCHED';
  const start = async () => {
    const idempotencyKey = `${replyId}-${random.next()}`;
    const input = { sessionId, agentId: 'a', replyId, createIfMissing: true, durability, idempotencyKey };
    return (await call('startReply', input)).data as { epoch: number; offset: number };
  };
  let { epoch, offset } = await start();
  while (offset < text.length) {
    if (random.next() < 0.03) {
      // The writer dies, with a call on its way; the next one goes on, and what the first still sends changes nothing.
      const ghost = { replyId, epoch, offset, parts: [{ block: 0, text: 'the ghost of a writer' }] };
      ({ epoch, offset } = await start());
      await post(random.pick(targets), 'continueReply', ghost);
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

interface Answer {
  data: unknown;
  code?: string;
  expected?: number;
}

/** Null where the server could not be reached or asked to come back: the call may have been made. */
async function post(target: Target, name: keyof typeof PAYLOADS, input: object): Promise<Answer | null> {
  await target.up();
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input`;
  const query = `mutation ($input: ${type}!) { ${name}(input: $input) { ${PAYLOADS[name]} } }`;
  try {
    const response = await fetch(target.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables: { input } }),
    });
    const { data, errors } = (await response.json()) as {
      data?: Record<string, unknown>;
      errors?: { extensions: { code: string; expected?: number } }[];
    };
    const [error] = errors ?? [];
    if (!error) return { data: data?.[name] };
    const { code, expected } = error.extensions;
    return CODES_TO_REPEAT.has(code)
      ? null
      : { data: null, code, ...(expected === undefined ? {} : { expected }) };
  } catch {
    return null;
  }
}

// biome-ignore lint/suspicious/noExplicitAny: the shape of an event is what the query asks for.
type Event = any;

function read(targets: readonly Target[], sessionId: string, random: Random) {
  const reader: ReplyReader = { finished: [], faults: [], told: new Map() };
  const texts = new Map<string, string>();
  const messages = new Set<number>();
  const variables: { sessionId: string; after?: string } = { sessionId };
  let changed = () => {};
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
    reader.told.set(event.__typename, (reader.told.get(event.__typename) ?? 0) + 1);
    const { replyId } = event;
    const fault = (what: string) => reader.faults.push(`${event.__typename} of ${replyId}: ${what}`);
    const known = texts.get(replyId);
    switch (event.__typename) {
      case 'ReplyStarted':
        if (known !== undefined) fault('it was told before');
        texts.set(replyId, event.reply.text);
        return;
      case 'ReplyRewound':
        if (known === undefined || event.offset > known.length) fault('there is nothing to forget');
        texts.set(replyId, (known ?? '').slice(0, event.offset));
        return;
      case 'ReplyProgress':
        if (known?.length !== event.offset) fault(`at ${event.offset}, and ${known?.length} were told`);
        texts.set(replyId, (known ?? '') + event.parts.map((part: Event) => part.text).join(''));
        return;
      case 'ReplyAborted':
        fault('nobody has aborted it');
        return;
      case 'Resync':
        fault(event.reason);
        return;
      case 'ReplyFinished':
        if (known !== event.message.text) fault(`it says ${event.message.text}, and ${known} was told`);
    }
    if (!event.message) return;
    if (messages.has(event.message.messageId)) fault(`message ${event.message.messageId} comes again`);
    messages.add(event.message.messageId);
    texts.delete(replyId);
    reader.finished.push(event.message.text);
  }

  client.subscribe<{ sessionEvents: Event }>(
    { query: FOLLOW, variables },
    {
      next({ data, errors }) {
        if (!data) return void reader.faults.push(JSON.stringify(errors));
        variables.after = data.sessionEvents.cursor;
        show(data.sessionEvents);
        changed();
      },
      error: (error) => void reader.faults.push(`the feed ended: ${JSON.stringify(error)}`),
      complete: () => {},
    },
  );
  return {
    sessionId,
    reader,
    seen: (count: number) =>
      new Promise<void>((resolve) => {
        changed = () => {
          if (reader.finished.length >= count || reader.faults.length > 0) resolve();
        };
        changed();
      }),
    stop: async () => client.dispose(),
  };
}
