import { BSON } from 'mongodb';
import type { Message } from '../../domain/model.js';
import type { AppendMessages, NewSession } from '../../domain/session-store.js';
import { newAgentDoc } from './agent-document.js';
import { EMPTY_LIST, guardOf, type JoinedAppend, joinAppends, pushOf } from './append-batch.js';
import type { AppendState, ListEnd } from './append-state.js';
import { WRITE_LIMIT_MS } from './collection.js';
import { documentTooLarge, isDuplicateKey, isTooLarge, MAX_DOCUMENT_BYTES } from './errors.js';
import { newSessionFields } from './session-document.js';
import type { WriteContext } from './write-context.js';

/** About what a new agent and a new session take beside the messages. */
const NEW_AGENT_BYTES = 1_000;

/**
 * Writes several appends to one agent as one update on what `state` says, and gives their messages with the list's
 * new end. Null where the document is no longer as it says: nothing was written. DOCUMENT_TOO_LARGE before it is sent,
 * or where other programs filled the document, by the server.
 */
export async function writeJoined(
  context: WriteContext,
  inputs: AppendMessages[],
  state: AppendState,
): Promise<{ messages: Message[][]; end: ListEnd } | null> {
  const { sessionId } = inputs[0] as AppendMessages;
  const joined = joinAppends(inputs, state.end ?? EMPTY_LIST);
  const bytes = state.bytes + joined.bytes + (state.end ? 0 : NEW_AGENT_BYTES);
  if (bytes > MAX_DOCUMENT_BYTES) {
    if (!state.read) return null;
    throw documentTooLarge(bytes);
  }
  try {
    const written = state.end ? push(context, inputs, state.end, joined) : make(context, inputs, joined);
    if (!(await written)) return null;
  } catch (error) {
    context.sizes.forget(sessionId);
    throw isTooLarge(error) ? documentTooLarge(bytes, error) : error;
  }
  context.sizes.set(sessionId, bytes);
  return joined;
}

async function push(
  { sessions }: WriteContext,
  inputs: AppendMessages[],
  end: ListEnd,
  joined: JoinedAppend,
): Promise<boolean> {
  const filter = { ...guardOf(inputs, end), _id: inputs[0]?.sessionId ?? '' };
  const { matchedCount } = await sessions.updateOne(filter, pushOf(inputs, joined), {
    maxTimeMS: WRITE_LIMIT_MS,
  });
  return matchedCount > 0;
}

/**
 * Makes the agent with its first messages, and the session where it is missing, in one step. A duplicate key means
 * that the agent came to be meanwhile. The mark tells the feed that the agent is new, not written anew.
 */
async function make(
  { sessions, sweep }: WriteContext,
  inputs: AppendMessages[],
  joined: JoinedAppend,
): Promise<boolean> {
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
    return true;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
}
