import { credentialOf } from '../client/credential.js';
import { type CursorEvent, followResuming } from '../client/follow.js';
import { createGrowingLine } from './growing-line.js';
import { asJson, asLine, asRedaction, headOf, placeOf, type TailMessage } from './tail-lines.js';

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

const MESSAGE = 'messageId position role text redacted createdAt';
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
const AGENTS = 'query Agents($sessionId: ID!) { session(sessionId: $sessionId) { agents { agentId } } }';
const EARLIER = `query Earlier($sessionId: ID!, $agentId: ID!, $before: String) {
  session(sessionId: $sessionId) { agent(agentId: $agentId) { messages(last: 200, before: $before) {
    nodes { ${MESSAGE} } pageInfo { hasPreviousPage startCursor } } } }
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
  let earlier: Promise<void> | null = null;
  let away = false;
  let queue: Promise<void> = Promise.resolve();

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
      growing.begin(replyId, headOf(agent, { role: 'ASSISTANT', createdAt: startedAt }, options.color), text);
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

  await followResuming<TailEvent>(
    {
      url: options.url,
      credential: credentialOf(authorizationOf(options)),
      query: FOLLOW,
      variables: { sessionId, agentId, after: null },
      onEvent(event) {
        // Earlier messages are read once the feed is open, so that none falls between the two.
        if (event.__typename === 'Ready' && options.since)
          earlier ??= printEarlier(options, options.since, show);
        const before = earlier;
        queue = queue.then(() => before ?? undefined).then(() => handle(event));
        queue.catch(() => {});
      },
      onState(state) {
        if (signal.aborted) return;
        if (state === 'lost') say(`connection to ${options.url} lost; trying again`);
        else if (away) say(`connected to ${options.url}`);
        away = state === 'lost';
      },
      onUnreachable(reason) {
        away = true;
        say(`cannot connect to ${options.url}: ${reason}; trying again`);
      },
    },
    signal,
  );
  await queue;
}

/** Prints what was written since then, over all agents in the order of time. */
async function printEarlier(
  options: TailOptions,
  since: Date,
  show: (agent: string, message: TailMessage) => void,
): Promise<void> {
  const { sessionId, agentId } = options;
  const { session } = await query<{ session: { agents: { agentId: string }[] } | null }>(options, AGENTS, {
    sessionId,
  });
  const found: { agent: string; message: TailMessage }[] = [];
  for (const agent of session?.agents ?? []) {
    if (agentId !== null && agent.agentId !== agentId) continue;
    for (const message of await messagesSince(options, agent.agentId, since)) {
      found.push({ agent: agent.agentId, message });
    }
  }
  const timeOf = ({ message }: { message: TailMessage }) => Date.parse(message.createdAt ?? '') || 0;
  // A stable sort: messages of one agent stay in their order.
  for (const { agent, message } of found.sort((a, b) => timeOf(a) - timeOf(b))) show(agent, message);
}

type MessagePage = {
  nodes: TailMessage[];
  pageInfo: { hasPreviousPage: boolean; startCursor: string | null };
};

/** Page by page from the end, until a message is older than `since`. */
async function messagesSince(options: TailOptions, agentId: string, since: Date): Promise<TailMessage[]> {
  const { sessionId } = options;
  let messages: TailMessage[] = [];
  for (let before: string | null = null; ; ) {
    const answer: { session: { agent: { messages: MessagePage } | null } | null } = await query(
      options,
      EARLIER,
      { sessionId, agentId, before },
    );
    const page = answer.session?.agent?.messages;
    if (!page) return messages;
    const recent = page.nodes.filter(({ createdAt }) => createdAt !== null && new Date(createdAt) >= since);
    messages = [...recent, ...messages];
    if (recent.length < page.nodes.length || !page.pageInfo.hasPreviousPage) return messages;
    before = page.pageInfo.startCursor;
  }
}

const authorizationOf = ({ token }: TailOptions) => (token === null ? null : `Bearer ${token}`);

async function query<T>(options: TailOptions, text: string, variables: Record<string, unknown>): Promise<T> {
  const authorization = authorizationOf(options);
  const response = await fetch(options.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(authorization === null ? {} : { authorization }) },
    body: JSON.stringify({ query: text, variables }),
  });
  const { data, errors } = (await response.json()) as { data?: T; errors?: { message: string }[] };
  if (!data || errors) throw new Error(errors?.[0]?.message ?? `the server answered ${response.status}`);
  return data;
}
