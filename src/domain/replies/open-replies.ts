import { createHeldReplies, type HeldReply, isKept, wholeOf } from './held-replies.js';
import { isActive, type Reply, type ReplyPart } from './model.js';
import { createReplyFollowers } from './reply-followers.js';
import { createReplyReads } from './reply-reads.js';
import type { ReplyNotice, ReplyStore } from './reply-store.js';
import { createReplyText, lengthOf, type ReplyText } from './reply-text.js';
import { createRereading, isOlder, isSame, isUnsure } from './reread-replies.js';

/** A reply in the memory of this process. Of one that is over the text may be gone. */
export interface OpenReply {
  /** As the store was last heard of. */
  readonly reply: Reply;
  /** What there is, durable or not yet. */
  readonly text: ReplyText;
  /** How much of it is durable: characters, and blocks that have begun. */
  readonly durable: { offset: number; blocks: number };
  /** Whether all of the text came through this process: it then has whatever was answered. */
  readonly own: boolean;
  /** While it is being ended. */
  readonly ending: Promise<unknown> | null;
}

/**
 * The replies that are written or followed in this process. Each is there once, whoever asks, and is what the store has plus what is
 * on its way there.
 */
export interface OpenReplies {
  /** From memory, else from the store. Null where there is none. */
  open(replyId: string): Promise<OpenReply | null>;
  /**
   * From memory only where the store has it still: its session may be gone, and another be there under its id. Else from the store; null
   * where there is none.
   */
  sure(replyId: string): Promise<OpenReply | null>;
  /** From memory, where it is there. */
  peek(replyId: string): OpenReply | undefined;
  /** As the store has it now, and nothing of its text. */
  stored(replyId: string): Promise<Reply | null>;
  /** As the store has it now. Text that was not durable yet is given up where the store has gone another way. */
  refresh(replyId: string): Promise<OpenReply | null>;
  /** The same of many, side by side: it is in memory then, as far as there is room. */
  refreshAll(replyIds: Iterable<string>): Promise<void>;
  /** Takes in what the store has answered. Where its text is not the one in memory it is read anew. */
  heard(reply: Reply): Promise<OpenReply>;
  /** Runs what starts it: what is told of it before the answer may be more than that will say. */
  starting<T>(replyId: string, run: () => Promise<T>): Promise<T>;
  /** A reply that was just made, and has no text. */
  made(reply: Reply): OpenReply;
  /** Adds to the text, and tells those who follow; nothing: a sign of life that is to be kept. */
  write(open: OpenReply, parts: readonly ReplyPart[]): void;
  /** Nothing of it is kept but by `run`, until that is done. */
  ending<T>(open: OpenReply, run: () => Promise<T>): Promise<T>;
  /** What there is of them is on its way. */
  keeping(replies: readonly OpenReply[]): void;
  /** What was written up to here is durable. False where the reply has to be read anew. */
  kept(replyId: string, reply: Reply, blocks: number): boolean;
  /** Of a reply that the store has no more. */
  gone(replyId: string): void;
  /** Of each reply in their order. What is not at hand is read anew, of all together. */
  noticed(notices: readonly ReplyNotice[]): Promise<void>;
  /** Notices may have been missed: everything that is followed here is read anew, what began is looked for, and all else let go of. */
  missed(): Promise<void>;
  /** `wake` is called in the turn in which anything of a reply of the session changes. The result leaves. */
  follow(sessionId: string, wake: (replyId: string) => void): () => void;
  /** Lets go of what nobody has used for a while, and nobody follows. */
  tidy(): void;
  /** Replies that hold what is not durable yet. */
  unkept(): OpenReply[];
  /** What this caller's replies take in memory, in characters. */
  heldOf(caller: string): number;
  /** The same of all callers'. */
  readonly held: number;
}

/** `most`: what all of them may take in memory, in characters, beside what is not durable yet. */
export function createOpenReplies(
  store: Pick<ReplyStore, 'load' | 'parts' | 'list'>,
  limits: { now: () => number; most: number },
): OpenReplies {
  const held = createHeldReplies(limits);
  const { wake, follow, isFollowed, sessions } = createReplyFollowers();
  const reads = createReplyReads(store);
  const { refresh, refreshAll, rereadAll, isUnderWay, underWay, drop } = createRereading({
    held,
    reads,
    wake,
  });

  /** Starts that have no answer yet, of each reply; and whether anything was told of it meanwhile, or may have been missed. */
  const starts = new Map<string, { count: number; overtaken: boolean }>();

  /** What is given to others is what is held. */
  const again = (open: OpenReply) => held.again(open as HeldReply);

  const isAskedFor = (replyId: string) => isUnderWay(replyId) || starts.has(replyId);

  function open(replyId: string): Promise<HeldReply | null> {
    const known = held.get(replyId);
    if (!known) return refresh(replyId);
    held.use(known);
    return Promise.resolve(known);
  }

  async function sure(replyId: string): Promise<HeldReply | null> {
    const known = held.get(replyId);
    const stored = known && (await reads.reply(replyId));
    if (!known || !stored || !isSame(known.reply, stored)) return refresh(replyId);
    held.use(again(known));
    return known;
  }

  /** False where the reply has to be read anew. */
  function takeNotice(entry: HeldReply, { offset, parts, startedAt }: ReplyNotice): boolean {
    if (parts === undefined || offset === undefined) return false;
    const { text, durable, reply } = entry;
    // Told late, of a reply that had its id before.
    if (startedAt && startedAt.getTime() !== reply.startedAt.getTime()) return false;
    const known =
      offset + lengthOf(parts) <= text.length && parts.every(({ block }) => block < text.blockCount);
    // What was written here was told by the write itself; what was read, to nobody but who asked for it.
    if (known && !entry.own) wake(reply);
    if (known) return true;
    // All of it came through here, and these words did not: another has taken it over.
    if (entry.own || offset !== text.length || durable.offset !== text.length) return false;
    text.append(parts);
    entry.durable = wholeOf(text);
    held.changed(entry);
    wake(reply);
    return true;
  }

  return {
    open,
    sure,
    peek: held.get,
    stored: reads.reply,
    refresh,
    refreshAll,
    async heard(reply) {
      const entry = held.get(reply.replyId);
      if (!entry) return (await open(reply.replyId)) ?? held.put(reply, createReplyText(), false);
      if (isOlder(reply, entry.reply)) return entry;
      // Of one that was discarded nothing is kept here either.
      if (!isActive(reply) && reply.position === null) {
        entry.text = createReplyText();
        held.changed(entry);
      } else if (!isWhole(entry, reply) || isUnsure(reply, entry.reply))
        return (await refresh(reply.replyId)) ?? entry;
      entry.reply = reply;
      entry.durable = wholeOf(entry.text);
      wake(reply);
      return entry;
    },
    async starting(replyId, run) {
      const start = starts.get(replyId) ?? { count: 0, overtaken: false };
      starts.set(replyId, start);
      start.count++;
      try {
        return await run();
      } finally {
        start.count--;
        if (start.count === 0) starts.delete(replyId);
      }
    },
    made(reply) {
      // Whoever follows the session may have looked it up before this, and found what has become of it since.
      const known = held.get(reply.replyId);
      if (known) Object.assign(known, { reply: isSame(known.reply, reply) ? known.reply : reply, own: true });
      const entry = known ?? held.put(reply, createReplyText(), true);
      // What was told since may be more than this says, and was not read or had no room: whoever needs it reads it.
      if (!known && starts.get(reply.replyId)?.overtaken) held.letGo(entry);
      wake(reply);
      return entry;
    },
    write(open, parts) {
      const entry = again(open);
      entry.text.append(parts);
      entry.alive = true;
      held.use(entry);
      held.changed(entry);
      if (parts.length > 0) wake(entry.reply);
    },
    async ending(open, run) {
      const entry = again(open);
      const running = run();
      entry.ending = running;
      try {
        return await running;
      } finally {
        entry.ending = null;
      }
    },
    keeping(some) {
      for (const open of some) again(open).alive = false;
    },
    kept(replyId, reply, blocks) {
      const entry = held.get(replyId);
      if (!entry || isOlder(reply, entry.reply)) return true;
      const isSure = !isUnsure(reply, entry.reply);
      if (isSure) entry.reply = reply;
      entry.durable = { offset: reply.offset, blocks };
      if (reply.durability === 'each') wake(reply);
      return isSure;
    },
    gone(replyId) {
      const entry = held.get(replyId);
      if (entry) drop(entry);
    },
    async noticed(notices) {
      const behind = new Set<string>();
      for (const notice of notices) {
        const { replyId } = notice;
        const entry = held.get(replyId);
        const start = starts.get(replyId);
        if (start) start.overtaken = true;
        // What is being read may not have it; what is read anew has what comes after it, too.
        const isTaken = entry ? behind.has(replyId) || takeNotice(entry, notice) : !isAskedFor(replyId);
        if (!isTaken) behind.add(replyId);
        if (!entry) wake(notice);
      }
      await rereadAll([...behind]);
    },
    async missed() {
      for (const start of starts.values()) start.overtaken = true;
      // What nobody follows is not what the store has for whoever comes next.
      for (const entry of [...held.all()])
        if (!isFollowed(entry.reply.sessionId) && isKept(entry)) held.letGo(entry);
      // What is being read may be of before, and nothing will tell of what has come since.
      const ids = new Set([...underWay(), ...[...held.all()].map(({ reply }) => reply.replyId)]);
      await rereadAll([...ids]);
      for (const reply of held.away(isFollowed)) wake(reply);
      await reads.active(sessions(), (reply) => {
        if (!held.get(reply.replyId)) wake(reply);
      });
    },
    follow,
    tidy: () => held.tidy(isFollowed),
    unkept: held.unkept,
    heldOf: held.of,
    get held() {
      return held.total;
    },
  };
}

/** Whether its text is the one that the store has, of which this was heard: that of an earlier writer may be as long, and not be kept. */
const isWhole = ({ text, durable, reply: before }: HeldReply, reply: Reply): boolean =>
  isSame(before, reply) &&
  reply.offset === text.length &&
  (reply.epoch === before.epoch || reply.offset === durable.offset);
