/** What a reader shows, of what it has read and was told; what it is told wrongly throws. */
export interface View {
  take(event: Event): void;
  /** Before it connects: null is anew. */
  begin(cursor: string | null): void;
  /** What it has read at Ready, or after Resync. */
  load(messages: ReadonlyMap<string, readonly string[]>): void;
  /** Whether it has to be loaded, because nothing goes on. */
  readonly lacks: boolean;
  shown(): { messages: Record<string, string[]>; replies: Record<string, Shown> };
}

export interface Shown {
  text: string;
  abandoned: boolean;
}

// biome-ignore lint/suspicious/noExplicitAny: the shape of an event is what the query asks for.
type Event = any;

/** `mayVanish`: sessions are removed, and others made under their id. */
export function createView(mayVanish: boolean): View {
  const messages = new Map<string, string[]>();
  const replies = new Map<string, Shown>();
  const over = new Set<string>();
  /** What was read, and may be told again. */
  const loaded = new Map<string, number>();
  let lacks = false;
  let isReady = false;

  const wrong = (what: string): never => {
    throw new Error(what);
  };
  const known = (replyId: string): Shown => replies.get(replyId) ?? wrong(`${replyId} was not told to begin`);

  function clear(): void {
    messages.clear();
    loaded.clear();
  }

  function added(agentId: string, { position, text }: { position: number; text: string }): void {
    const list = messages.get(agentId) ?? [];
    messages.set(agentId, list);
    const isRead = position < (loaded.get(agentId) ?? 0);
    if (position !== list.length && !isRead && !lacks && !mayVanish)
      wrong(`message ${position} of ${agentId}, and ${list.length} comes next`);
    if (!isRead) list[position] = text;
  }

  return {
    get lacks() {
      return lacks;
    },
    begin(cursor) {
      isReady = false;
      if (cursor !== null) return;
      clear();
      replies.clear();
      over.clear();
      lacks = true;
    },
    load(read) {
      clear();
      for (const [agentId, texts] of read) {
        messages.set(agentId, [...texts]);
        loaded.set(agentId, texts.length);
      }
      lacks = false;
    },
    take(event) {
      const { __typename: type, agentId, replyId } = event;
      if (!isReady && type !== 'Ready') wrong(`${type} before it is ready`);
      switch (type) {
        case 'Ready':
          isReady = true;
          return;
        case 'Resync':
          if (!mayVanish) wrong(`${event.reason}`);
          lacks = true;
          if (event.reason === 'SESSION_RECREATED') replies.clear();
          else for (const [id] of replies) if (agentId === null || agentId) replies.delete(id);
          return;
        case 'SessionDeleted':
          if (!mayVanish) wrong('nobody has removed it');
          clear();
          replies.clear();
          return;
        case 'MessageAdded':
          return added(agentId, event.message);
        case 'MessageUpdated': {
          const { position, text } = event.message;
          const list = messages.get(agentId) ?? [];
          if (position >= list.length && !lacks && !mayVanish)
            wrong(`message ${position} of ${agentId} changes, and was not told`);
          if (position < list.length) list[position] = text;
          return;
        }
        case 'ReplyStarted': {
          if (replies.has(replyId)) wrong(`${replyId} begins again`);
          if (over.has(replyId) && !mayVanish) wrong(`${replyId} begins behind its end`);
          const { blocks, state } = event.reply;
          const text = blocks.map((block: { text: string }) => block.text).join('');
          replies.set(replyId, { text, abandoned: state === 'ABANDONED' });
          return;
        }
        case 'ReplyProgress': {
          const reply = known(replyId);
          if (event.offset !== reply.text.length)
            wrong(`${replyId} goes on at ${event.offset}, and ${reply.text.length} were told`);
          reply.text += event.parts.map((part: { text: string }) => part.text).join('');
          return;
        }
        case 'ReplyRewound': {
          const reply = known(replyId);
          if (event.offset >= reply.text.length) wrong(`${replyId} goes back to ${event.offset}`);
          reply.text = reply.text.slice(0, event.offset);
          return;
        }
        case 'ReplyAbandoned':
        case 'ReplyResumed': {
          const abandoned = type === 'ReplyAbandoned';
          if (known(replyId).abandoned === abandoned) wrong(`${replyId}: ${type} again`);
          known(replyId).abandoned = abandoned;
          return;
        }
        case 'ReplyFinished':
        case 'ReplyAborted': {
          const { text } = known(replyId);
          replies.delete(replyId);
          over.add(replyId);
          const message = event.message ?? event.kept;
          if (!message) return;
          if (message.text !== text && message.text !== 'redacted')
            wrong(`${replyId} has become ${message.text}, and ${text} was told`);
          return added(agentId, message);
        }
      }
    },
    shown: () => ({ messages: Object.fromEntries(messages), replies: Object.fromEntries(replies) }),
  };
}
