import { ParleyError } from '../../../src/domain/errors.js';
import type { ReplyPart } from '../../../src/domain/replies/model.js';
import { lengthOf } from '../../../src/domain/replies/reply-text.js';
import { aMetadataChange, anAppend, aRedaction } from '../../stores/contract/inputs.js';
import type { Instance } from './instance.js';
import type { World } from './world.js';

type Piece = { block: number; text: string };

/** What a reply is to say, from which its writer sends one piece after the other. */
interface Writing {
  replyId: string;
  agentId: string;
  epoch: number;
  offset: number;
  plan: Piece[];
  durability: 'batched' | 'each';
}

/** Codes that tell a writer that its reply is none of its own any more. */
const LEFT = ['REPLY_TAKEN_OVER', 'REPLY_OVER', 'REPLY_NOT_FOUND', 'SESSION_NOT_FOUND', 'AGENT_NOT_FOUND'];
/** Nothing is known of what became of the call. */
const UNKNOWN = ['STORE_UNAVAILABLE', 'TIMEOUT'];

/** A writer of replies, one after the other: what it does next it does when it is chosen, through any instance. */
export function createWriter(world: World, name: string, instances: () => readonly Instance[]) {
  const { scheduler, database, shaken } = world;
  const { random } = scheduler;
  let own: Writing | null = null;
  let serial = 0;
  let target: Instance | null = null;
  let busy: object | null = null;

  /** Further runs behind what there is. */
  function planned(before: readonly Piece[]): Piece[] {
    const plan = [...before];
    let blocks = Math.max(0, ...plan.map(({ block }) => block + 1));
    for (let run = random.between(1, 5); run > 0; run--) {
      const block = random.next() < 0.6 ? Math.max(0, blocks - 1) : random.between(0, blocks);
      blocks = Math.max(blocks, block + 1);
      const length = random.pick([0, 1, 3, 7]);
      plan.push({ block, text: Array.from({ length }, () => random.pick([...'abcdef'])).join('') });
    }
    return plan;
  }

  function slice(plan: readonly Piece[], from: number, end: number): Piece[] {
    let at = 0;
    return plan.flatMap(({ block, text }) => {
      const cut = text.slice(Math.max(0, from - at), Math.max(0, end - at));
      const inside = text === '' ? at >= from && at <= end : cut !== '';
      at += text.length;
      return inside ? [{ block, text: cut }] : [];
    });
  }

  async function start(on: Instance): Promise<void> {
    const active = [...database.replies.values()].filter(({ reply }) =>
      ['writing', 'abandoned'].includes(reply.state),
    );
    // The id of a reply that is gone with its session is nobody's to take again.
    const mayTake = active.length > 0 && world.removed.size === 0;
    const taken = mayTake && random.next() < 0.4 ? random.pick(active).reply : null;
    const replyId = taken?.replyId ?? `${name}.${++serial}`;
    const agentId = taken?.agentId ?? random.pick(['a', 'a', 'b']);
    const durability = random.pick(['batched', 'batched', 'each'] as const);
    if (taken) shaken.add(replyId);
    const reply = await on.replies.service.startReply(
      { sessionId: 's', agentId, replyId, durability, createIfMissing: true, timeoutMs: 3_600_000 },
      'a writer',
    );
    const there = database.replies.get(replyId)?.parts ?? [];
    const before = slice(there, 0, reply.offset);
    own = { replyId, agentId, epoch: reply.epoch, offset: reply.offset, plan: planned(before), durability };
    world.trace(
      `${name} writes by ${on.name} ${replyId} of ${agentId} from ${reply.offset}, epoch ${reply.epoch}, ${reply.durability}`,
    );
  }

  async function goOn(on: Instance, writing: Writing): Promise<void> {
    const { replyId, epoch, offset, plan } = writing;
    const { service } = on.replies;
    const length = lengthOf(plan as ReplyPart[]);
    const how = random.next();
    if (how < 0.03) {
      world.trace(`${name} leaves ${replyId}`);
      own = null;
    } else if (how < 0.07) {
      const keep = random.pick(['discard', 'message'] as const);
      // Another instance than was told them keeps nothing of words that are not durable yet.
      const kept = lengthOf(database.replies.get(replyId)?.parts ?? []);
      if (kept < offset) shaken.add(replyId);
      await service.abortReply({ replyId, keep, ...(random.next() < 0.5 ? { epoch } : {}) });
      world.trace(`${name} has aborted ${replyId}, ${keep}`);
      own = null;
    } else if (offset >= length) {
      await service.finishReply({ replyId, epoch, offset });
      world.trace(`${name} has finished ${replyId}`);
      own = null;
    } else {
      const end = Math.min(length, offset + random.between(1, 8));
      const answer = await service.continueReply({ replyId, epoch, offset, parts: slice(plan, offset, end) });
      world.trace(`${name} wrote by ${on.name} ${replyId} from ${offset} to ${answer.offset}`);
      writing.offset = answer.offset;
    }
  }

  async function act(): Promise<void> {
    const turn = {};
    busy = turn;
    const living = instances();
    if (!target || !living.includes(target) || random.next() < 0.1) target = random.pick(living);
    const writing = own;
    try {
      await (writing ? goOn(target, writing) : start(target));
    } catch (error) {
      if (!(error instanceof ParleyError)) throw error;
      world.trace(`${name} is refused${writing ? ` ${writing.replyId}` : ''}: ${error.code}`);
      if (error.code === 'REPLY_GAP' && writing) writing.offset = Number(error.details.expected);
      // What was lost between may be a block that has begun: all again, of which the server takes what it has not.
      else if (error.code === 'BAD_USER_INPUT' && writing && writing.offset > 0) writing.offset = 0;
      else if (LEFT.includes(error.code) || !UNKNOWN.includes(error.code)) own = null;
    } finally {
      if (busy === turn) busy = null;
    }
  }

  return {
    next: (fail: (error: unknown) => void) => (busy ? [] : [() => void act().catch(fail)]),
    /** The instance that it had asked is gone, and will not answer. */
    interrupted() {
      busy = null;
    },
  };
}

/** What others do to the session, each in one step. */
export function createOthers(world: World) {
  const { scheduler, database, direct } = world;
  const { random } = scheduler;
  let said = 0;
  const session = () => database.sessions.get('s');
  const append = () => {
    const agentId = random.pick(['a', 'b']);
    const texts = Array.from({ length: random.between(1, 2) }, () => `m${++said}`);
    world.trace(`${texts} of ${agentId}`);
    const options = { createIfMissing: {}, now: world.now() };
    return direct.sessions.appendMessages(anAppend('s', agentId, texts, options));
  };
  const redact = async () => {
    const messages = [...(session()?.agents.values() ?? [])].flatMap((agent) => agent.messages);
    if (messages.length === 0) return;
    const { agentId, position } = random.pick(messages);
    world.trace(`message ${position} of ${agentId} is redacted`);
    const address = { sessionId: 's', agentId, messageId: position };
    await direct.sessions.redactMessage(aRedaction(address as never, 'gone', { now: world.now() }));
  };
  const change = async () => {
    if (!session()) return;
    world.trace('the metadata changes');
    await direct.sessions.changeMetadata(aMetadataChange('s', { set: [['n', ++said]], now: world.now() }));
  };
  const remove = async () => {
    const found = session();
    if (!found) return;
    world.trace('the session is removed');
    world.removed.add(String(found.session.createdAt?.getTime()));
    await direct.sessions.deleteSession('s', world.now());
  };
  const leave = async () => {
    const writing = [...database.replies.values()].filter(({ reply }) => reply.state === 'writing');
    if (writing.length === 0) return;
    const late = random.pick(writing);
    world.trace(`nobody is heard of ${late.reply.replyId}`);
    late.heardAt -= 3_700_000;
  };
  const removing = random.pick([0, 0, 0.03]);

  return async (): Promise<void> => {
    const how = random.next();
    if (how < removing) return remove();
    if (how < 0.5) return void (await append());
    if (how < 0.65) return redact();
    return how < 0.8 ? change() : leave();
  };
}
