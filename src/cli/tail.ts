import { type CursorEvent, createClient } from '../client/index.js';
import { earlierMessages } from './earlier-messages.js';
import { createGrowingLine } from './growing-line.js';
import { asJson, asLine, asRedaction, headOf, MESSAGE, placeOf, type TailMessage } from './tail-lines.js';

export interface TailOptions {
  sessionId: string;
  /** The GraphQL endpoint, http or https. */
  url: string;
  /** An API key or a token; null where the server asks for none. */
  token: string | null;
  agentId: string | null;
  /** Messages written at or after this time come first; null: only new ones. */
  since: Date | null;
  json: boolean;
  /** Writes to standard output. */
  write(text: string): void;
  /** Says something about the connection, beside the conversation. */
  say(line: string): void;
  color: boolean;
}

type TailEvent = CursorEvent & {
  agentId?: string;
  message?: TailMessage;
  replyId?: string;
  reply?: { text: string; startedAt: string };
  parts?: { block: number; kind: string; text: string }[];
  abortReason?: string | null;
  kept?: TailMessage | null;
  reason?: string;
  detail?: string;
  sessionExists?: boolean;
};

const FOLLOW = `subscription Tail($sessionId: ID!, $agentId: ID, $after: String) {
  messageAdded(sessionId: $sessionId, agentId: $agentId, after: $after, replies: true) {
    __typename cursor
    ... on Ready { sessionExists }
    ... on MessageAdded { agentId message { ${MESSAGE} } }
    ... on MessageUpdated { agentId message { ${MESSAGE} } }
    ... on ReplyStarted { agentId replyId reply { text startedAt } }
    ... on ReplyProgress { replyId parts { block kind text } }
    ... on ReplyRewound { replyId }
    ... on ReplyAbandoned { agentId replyId }
    ... on ReplyFinished { agentId replyId message { ${MESSAGE} } }
    ... on ReplyAborted { agentId replyId abortReason kept { ${MESSAGE} } }
    ... on Resync { reason agentId }
    ... on Degraded { detail }
  }
}`;

/** Follows a conversation and prints each message once, until the session is deleted or `signal` aborts. */
export async function tail(options: TailOptions, signal: AbortSignal): Promise<void> {
  const { sessionId, agentId } = options;
  const growing = createGrowingLine(options.write);
  const print = (line: string) => {
    growing.interrupt();
    options.write(`${line}\n`);
  };
  const say = (line: string) => {
    growing.interrupt();
    options.say(line);
  };
  const printed = new Map<string, number>();
  const redacted = new Set<string>();
  let away = false;

  const show = (agent: string, message: TailMessage) => {
    if (message.position < (printed.get(agent) ?? 0)) return;
    printed.set(agent, message.position + 1);
    if (message.redacted) redacted.add(placeOf(agent, message));
    print(options.json ? asJson(sessionId, agent, message) : asLine(agent, message, options.color));
  };

  /** A change of another kind, such as metrics, shows nowhere here. */
  const showRedaction = (agent: string, message: TailMessage) => {
    if (!message.redacted || redacted.has(placeOf(agent, message))) return;
    redacted.add(placeOf(agent, message));
    print(options.json ? asJson(sessionId, agent, message) : asRedaction(agent, message, options.color));
  };

  /** A reply grows in a line of its own; as JSON it comes when it is a message. */
  const follow = ({ __typename, agentId: of, replyId = '', ...event }: TailEvent) => {
    const agent = of ?? '';
    if (__typename === 'ReplyStarted' && event.reply && !options.json) {
      const { text, startedAt } = event.reply;
      growing.begin(
        replyId,
        headOf(agent, { role: 'ASSISTANT', author: null, createdAt: startedAt }, options.color),
        text,
      );
    } else if (__typename === 'ReplyProgress') {
      for (const { block, kind, text } of event.parts ?? [])
        if (kind === 'TEXT') growing.grow(replyId, block, text);
    } else if (__typename === 'ReplyRewound') growing.end(replyId, '');
    else if (__typename === 'ReplyAbandoned') say(`nobody is heard of the writer of ${agent}'s reply`);
    else if (__typename === 'ReplyFinished') showWhole(agent, replyId, event.message ?? null);
    else if (__typename === 'ReplyAborted') {
      showWhole(agent, replyId, event.kept ?? null);
      say(`${agent}'s reply was aborted${event.abortReason ? `: ${event.abortReason}` : ''}`);
    }
  };

  /** What a reply has become, where its line does not say it already. */
  const showWhole = (agent: string, replyId: string, message: TailMessage | null) => {
    const isShown = growing.end(replyId, message?.text ?? '');
    if (!message) return;
    if (isShown) printed.set(agent, message.position + 1);
    else show(agent, message);
  };

  const handle = (event: TailEvent) => {
    follow(event);
    if (event.__typename === 'MessageAdded' && event.message) show(event.agentId ?? '', event.message);
    else if (event.__typename === 'MessageUpdated' && event.message)
      showRedaction(event.agentId ?? '', event.message);
    else if (event.__typename === 'Resync') {
      if (event.reason === 'SESSION_RECREATED') for (const shown of [printed, redacted]) shown.clear();
      if (event.reason === 'AGENT_REWRITTEN') printed.delete(event.agentId ?? '');
      say(`resync: ${event.reason}; what was printed may no longer hold`);
    } else if (event.__typename === 'Degraded') say(`the database cannot be read just now: ${event.detail}`);
    else if (event.__typename === 'Restored') say('the database can be read again');
    else if (event.__typename === 'SessionDeleted') say(`session ${JSON.stringify(sessionId)} was deleted`);
    else if (event.__typename === 'Ready' && !event.sessionExists)
      say(`waiting for session ${JSON.stringify(sessionId)}`);
  };

  const client = createClient({
    url: options.url,
    authorization: options.token === null ? null : `Bearer ${options.token}`,
    onConnection(state, reason) {
      if (signal.aborted) return;
      if (state === 'unreachable') say(`cannot connect to ${options.url}: ${reason}; trying again`);
      else if (state === 'lost') say(`connection to ${options.url} lost; trying again`);
      else if (away) say(`connected to ${options.url}`);
      away = state !== 'connected';
    },
  });
  let since = options.since;
  try {
    for await (const event of client.subscribe<TailEvent>(FOLLOW, { sessionId, agentId }, { signal })) {
      // Earlier messages are read once the feed is open, so that none falls between the two.
      if (event.__typename === 'Ready' && since) {
        for (const { agent, message } of await earlierMessages(client, { sessionId, agentId, since }, signal))
          show(agent, message);
        since = null;
      }
      handle(event);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await client.close();
  }
}
