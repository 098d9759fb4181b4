import { setTimeout as sleep } from 'node:timers/promises';
import { BSON } from 'mongodb';
import { agentNotFound, ParleyError, sessionNotFound } from '../../domain/errors.js';
import type { Message } from '../../domain/model.js';
import type { AppendMessages, NewSession } from '../../domain/session-store.js';
import { newAgentDoc } from './agent-document.js';
import { EMPTY_LIST, guardOf, type JoinedAppend, joinAppends, pushOf } from './append-batch.js';
import { createAppendLanes, type PendingAppend } from './append-lanes.js';
import { type AppendState, type ListEnd, readAppendState } from './append-state.js';
import { WRITE_LIMIT_MS } from './collection.js';
import {
  documentTooLarge,
  isDuplicateKey,
  isOutOfTime,
  isTooLarge,
  isUnreachable,
  isWorthRetrying,
  MAX_DOCUMENT_BYTES,
} from './errors.js';
import { createLru } from './lru.js';
import { storedAppend } from './repeated-append.js';
import { newSessionFields } from './session-document.js';
import type { WriteContext } from './write-context.js';

const REMEMBERED_LISTS = 10_000;
/** Each failed guard means that another writer has written, so that all of them get on. */
const MAX_ATTEMPTS = 200;
const MAX_NETWORK_FAILURES = 5;

/** About what a new agent and a new session take beside the messages. */
const NEW_AGENT_BYTES = 1_000;

/** `moved`: the list does not end as it was assumed to; to be tried again on what is there now. */
type Written = 'written' | 'moved';

/** Appends, joined by agent: see `createAppendLanes`. */
export function createAppender(context: WriteContext): (input: AppendMessages) => Promise<Message[]> {
  // Saves the read before the write, as long as no other process appends to the same agent.
  const ends = createLru<string, ListEnd>(REMEMBERED_LISTS);
  return createAppendLanes((batch) => writeBatch(context, ends, batch));
}

type Ends = ReturnType<typeof createLru<string, ListEnd>>;

async function writeBatch(context: WriteContext, ends: Ends, all: PendingAppend[]): Promise<void> {
  const { sessionId, agentId } = (all[0] as PendingAppend).input;
  const key = `${sessionId}\0${agentId}`;
  const known = ends.get(key);
  ends.delete(key);
  let state: AppendState | null = known ? assumed(context, sessionId, known) : null;
  let batch = all;
  let networkFailures = 0;
  let bytes = 0;

  for (let attempt = 0; attempt < MAX_ATTEMPTS && batch.length > 0; attempt++) {
    try {
      state ??= await readState(context, batch);
      batch = await answerRepeated(context, batch, state);
      batch = refuseMissing(batch, state);
      if (batch.length === 0) return;
      const inputs = batch.map(({ input }) => input);
      const joined = joinAppends(inputs, state.end ?? EMPTY_LIST);
      bytes = state.bytes + joined.bytes + (state.end ? 0 : NEW_AGENT_BYTES);
      if (bytes > MAX_DOCUMENT_BYTES) {
        if (state.stored === NOTHING_ASKED) {
          state = null;
          continue;
        }
        throw documentTooLarge(bytes);
      }
      const outcome = state.end
        ? await push(context, inputs, state.end, joined)
        : await make(context, inputs, joined);
      if (outcome === 'written') {
        ends.set(key, joined.end);
        context.sizes.set(sessionId, bytes);
        for (const [index, { resolve }] of batch.entries()) resolve(joined.messages[index] as Message[]);
        return;
      }
      state = null;
      if (attempt > 2) await sleep(Math.random() * Math.min(attempt * 2, 50));
    } catch (error) {
      state = null;
      if (isWorthRetrying(error) && ++networkFailures < MAX_NETWORK_FAILURES) {
        await sleep(Math.min(100 * 2 ** networkFailures, 1_000) * (0.5 + Math.random() / 2));
      } else if (batch.length > 1 && !isUnreachable(error) && !isOutOfTime(error)) {
        // Only the culprit is to fail.
        for (const one of batch) await writeBatch(context, ends, [one]);
        return;
      } else {
        context.sizes.forget(sessionId);
        const reason = isTooLarge(error) ? documentTooLarge(bytes, error) : error;
        for (const { reject } of batch) reject(reason);
        return;
      }
    }
  }
  for (const { reject } of batch) {
    reject(
      new ParleyError('STORE_UNAVAILABLE', 'Too many others write to this agent at the moment. Try again.'),
    );
  }
}

/** Marks a state that was not read for this batch. */
const NOTHING_ASKED: Set<string> = new Set();

const assumed = (context: WriteContext, sessionId: string, end: ListEnd): AppendState | null => {
  const bytes = context.sizes.of(sessionId);
  return bytes === undefined ? null : { session: true, end, stored: NOTHING_ASKED, bytes };
};

async function readState(context: WriteContext, batch: PendingAppend[]): Promise<AppendState> {
  const { sessionId, agentId } = (batch[0] as PendingAppend).input;
  const first = batch.map(({ input }) => input.messages[0]?.storageId ?? '');
  const state = await readAppendState(context.sessions, sessionId, agentId, first);
  if (state.session) context.sizes.set(sessionId, state.bytes);
  return state;
}

/** Answers what is stored already; the rest is still to be written. */
async function answerRepeated(
  context: WriteContext,
  batch: PendingAppend[],
  { stored }: AppendState,
): Promise<PendingAppend[]> {
  const isStored = ({ input }: PendingAppend) => stored.has(input.messages[0]?.storageId ?? '');
  for (const pending of batch.filter(isStored)) {
    await storedAppend(context.sessions, pending.input).then(pending.resolve, pending.reject);
  }
  return batch.filter((pending) => !isStored(pending));
}

function refuseMissing(batch: PendingAppend[], { session, end }: AppendState): PendingAppend[] {
  if (end) return batch;
  // Where one of them makes the agent, those behind it find it there.
  const maker = batch.findIndex(({ input }) => input.createIfMissing !== null);
  const refused = maker < 0 ? batch : batch.slice(0, maker);
  for (const { input, reject } of refused) {
    reject(session ? agentNotFound(input.sessionId, input.agentId) : sessionNotFound(input.sessionId));
  }
  return maker < 0 ? [] : batch.slice(maker);
}

async function push(
  { sessions }: WriteContext,
  inputs: AppendMessages[],
  end: ListEnd,
  joined: JoinedAppend,
): Promise<Written> {
  const filter = { ...guardOf(inputs, end), _id: inputs[0]?.sessionId ?? '' };
  const { matchedCount } = await sessions.updateOne(filter, pushOf(inputs, joined), {
    maxTimeMS: WRITE_LIMIT_MS,
  });
  return matchedCount > 0 ? 'written' : 'moved';
}

/**
 * Makes the agent with its first messages, and the session where it is missing, in one step. A duplicate key means
 * that the agent came to be meanwhile. The mark tells the feed that the agent is new, not written anew.
 */
async function make(context: WriteContext, inputs: AppendMessages[], joined: JoinedAppend): Promise<Written> {
  const { sessions, sweep } = context;
  const { sessionId, agentId, createIfMissing, messages, now } = inputs[0] as AppendMessages;
  const agent = newAgentDoc({ agentId }, joined.docs, now);
  const mark = `parley_receipts.${messages[0]?.storageId}`;
  const insert = newSessionFields(createIfMissing as NewSession, now);
  const size = BSON.calculateObjectSize({ agent, insert });
  if (size > MAX_DOCUMENT_BYTES) throw documentTooLarge(size);
  try {
    const { upsertedCount } = await sessions.updateOne(
      { _id: sessionId, [`agents.${agentId}`]: { $exists: false } },
      {
        $setOnInsert: insert,
        $set: { [`agents.${agentId}`]: agent, [mark]: { body: '', at: now } },
        $max: { updated_at: joined.latest },
      },
      { upsert: true, maxTimeMS: WRITE_LIMIT_MS },
    );
    if (upsertedCount > 0) sweep.fresh(sessionId, now);
    return 'written';
  } catch (error) {
    if (isDuplicateKey(error)) return 'moved';
    throw error;
  }
}
