import type { Document } from 'mongodb';
import { checkAgents } from '../../../domain/sessions/session-bounds.js';
import type { AppendMessages } from '../../../domain/sessions/session-store.js';
import type { Doc } from '../documents/bson-json.js';
import { newSessionFields } from '../documents/session-document.js';
import { READING, type Sessions, WRITE_LIMIT_MS } from '../driver/collection.js';
import { isDuplicateKey } from '../driver/errors.js';
import { AGENTS } from '../reads/read-expressions.js';
import type { WriteContext } from './write-context.js';

export interface NewAgentWrite extends Pick<AppendMessages, 'sessionId' | 'agentId' | 'now'> {
  createIfMissing: NonNullable<AppendMessages['createIfMissing']>;
  agent: Doc;
  /** By path. They tell the feed that the agent is new, not written anew. */
  receipts: Document;
  /** To which the session's date moves. */
  latest: Date;
}

/** Before one is made in a session that is there: of those that are made at the same moment a few may pass together. DOCUMENT_TOO_LARGE. */
export async function checkRoomForAgent(sessions: Sessions, sessionId: string): Promise<void> {
  const count = [{ $match: { _id: sessionId } }, { $project: { count: { $size: AGENTS } } }];
  const [doc] = await sessions.aggregate(count, READING).toArray();
  if (doc) checkAgents(Number(doc.count));
}

/**
 * Makes an agent, and its session where that is missing and may be made, in one step. False where the agent came to be meanwhile, or
 * the session went.
 */
export async function makeAgent(
  { sessions, sweep }: Pick<WriteContext, 'sessions' | 'sweep'>,
  { sessionId, agentId, now, createIfMissing, agent, receipts, latest }: NewAgentWrite,
): Promise<boolean> {
  // The session was there when it was looked for; where it may not be made, it has to be there still.
  const upsert = createIfMissing !== 'agent';
  const insert = upsert ? newSessionFields(createIfMissing, now) : {};
  try {
    const { upsertedCount, matchedCount } = await sessions.updateOne(
      { _id: sessionId, [`agents.${agentId}`]: { $exists: false } },
      {
        ...(upsert ? { $setOnInsert: insert } : {}),
        $set: { [`agents.${agentId}`]: agent, ...receipts },
        $max: { updated_at: latest },
      },
      { upsert, maxTimeMS: WRITE_LIMIT_MS },
    );
    if (upsertedCount > 0) sweep.fresh(sessionId, now);
    return upsert || matchedCount > 0;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
}
