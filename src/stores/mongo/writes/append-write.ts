import type { Document } from 'mongodb';
import { inSlices } from '../../../domain/async/in-slices.js';
import { MAX_AGENTS } from '../../../domain/sessions/session-bounds.js';
import type { AppendedMessage } from '../../../domain/sessions/session-store.js';
import { newAgentDoc } from '../documents/agent-document.js';
import { WRITE_LIMIT_MS } from '../driver/collection.js';
import { documentTooLarge, isTooLarge, MAX_DOCUMENT_BYTES, REDACTION_ROOM } from '../driver/errors.js';
import { EMPTY_LIST, guardOf, type JoinedAppend, joinSteps, markAppends, pushOf } from './append-batch.js';
import type { PendingAppend } from './append-lanes.js';
import type { AppendState, ListEnd } from './append-state.js';
import { checkRoomForAgent, makeAgent } from './make-agent.js';
import { removingReceipts } from './spent-receipts.js';
import type { WriteContext } from './write-context.js';

/** What appends make of a session's document at the most. */
const MOST_BYTES = MAX_DOCUMENT_BYTES - REDACTION_ROOM;
/** About what a new agent and a new session take beside the messages. */
const NEW_AGENT_BYTES = 1_000;
/** What one takes at the least: in a document that is smaller there is room for another. */
const LEAST_AGENT_BYTES = 200;

/**
 * Writes several appends to one agent as one update on what `state` says, and gives their messages with the list's
 * new end. Null where the document is no longer as it says: nothing was written. DOCUMENT_TOO_LARGE before it is sent,
 * or where other programs filled the document, by the server.
 */
export async function writeJoined(
  context: WriteContext,
  batch: readonly PendingAppend[],
  state: AppendState,
): Promise<{ messages: AppendedMessage[][]; end: ListEnd } | null> {
  const { sessionId, now } = (batch[0] as PendingAppend).input;
  markAppends(batch);
  const joined = await inSlices(joinSteps(batch, state.end ?? EMPTY_LIST));
  const bytes = state.bytes + joined.bytes + (state.end ? 0 : NEW_AGENT_BYTES);
  if (bytes > MOST_BYTES) {
    if (!state.read) return null;
    throw documentTooLarge(bytes);
  }
  const { end } = state;
  const own = new Set(Object.keys(joined.receipts));
  let written: boolean;
  try {
    written = await (end
      ? removingReceipts(
          context,
          { sessionId, now },
          own,
          (old) => push(context, batch, end, joined, old),
          Boolean,
        )
      : make(context, batch, joined, state));
  } catch (error) {
    context.sizes.forget(sessionId);
    throw isTooLarge(error) ? documentTooLarge(bytes, error) : error;
  }
  if (!written) return null;
  const brief = batch.filter(({ input, offset }) => input.unkeyed && offset === 0);
  context.spent.add(
    sessionId,
    brief.map(({ mark }) => `parley_receipts.${mark}`),
  );
  context.sizes.set(sessionId, bytes);
  return joined;
}

async function push(
  { sessions }: WriteContext,
  batch: readonly PendingAppend[],
  end: ListEnd,
  joined: JoinedAppend,
  old: readonly string[],
): Promise<boolean> {
  const filter = {
    ...guardOf(batch, end),
    _id: batch[0]?.input.sessionId ?? '',
    ...hasRoomFor(joined.bytes),
  };
  const { matchedCount } = await sessions.updateOne(filter, pushOf(batch, end, joined, old), {
    maxTimeMS: WRITE_LIMIT_MS,
  });
  return matchedCount > 0;
}

/** What this process knows of the document's size is without what others have written since. */
const hasRoomFor = (bytes: number): Document => ({
  $expr: { $lte: [{ $bsonSize: '$$ROOT' }, MOST_BYTES - bytes] },
});

/** Makes the agent with its first messages. */
async function make(
  context: WriteContext,
  batch: readonly PendingAppend[],
  joined: JoinedAppend,
  state: AppendState,
): Promise<boolean> {
  const { sessionId, agentId, createIfMissing, now } = (batch[0] as PendingAppend).input;
  const { docs, notes, receipts, latest } = joined;
  const agent = {
    ...newAgentDoc({ agentId }, docs, now),
    ...(notes.length > 0 ? { parley_messages: notes } : {}),
  };
  // Whoever may make nothing was refused where the agent is missing.
  const made = createIfMissing as NonNullable<typeof createIfMissing>;
  if (state.bytes > MAX_AGENTS * LEAST_AGENT_BYTES) await checkRoomForAgent(context.sessions, sessionId);
  return makeAgent(context, { sessionId, agentId, now, createIfMissing: made, agent, receipts, latest });
}
