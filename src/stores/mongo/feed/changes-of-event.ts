import { type Doc, isDoc } from '../documents/bson-json.js';
import { sessionDate } from '../reads/session-order.js';
import { changesOfAgent, type Detail, writeAnew } from './changes-of-agent.js';
import type { KnownAgents } from './known-agents.js';
import { sortWrittenPaths } from './written-paths.js';

/** A change without its position. */
export type Told = Detail & { sessionId: string; sessionCreatedAt: number | null };

/** The collection itself was dropped or renamed: no event of its documents will follow. */
export const COLLECTION_GONE = new Set(['drop', 'rename', 'dropDatabase', 'invalidate']);

/**
 * What one event of the change stream says, in a fixed order: the session's creation or removal, agents with their
 * messages, metadata, feedback, the rest. It is derived from `updateDescription` alone, in the shapes of 4.4 (full
 * paths, whole documents after a pipeline) and of 5.0 and later (first new component, truncated arrays). `known` is
 * brought up to date. A write that only leaves a receipt is nothing.
 */
export function changesOfEvent(event: Doc, known: KnownAgents): Told[] {
  const key = isDoc(event.documentKey) ? event.documentKey._id : undefined;
  // Other programs' documents: a session's id is text.
  if (typeof key !== 'string') return [];
  const tell = (details: Detail[], createdAt: number | null = null): Told[] =>
    details.map((detail) => ({ sessionId: key, sessionCreatedAt: createdAt, ...detail }));
  const document = isDoc(event.fullDocument) ? event.fullDocument : {};
  const createdAt = sessionDate(document.created_at)?.getTime() ?? null;

  switch (event.operationType) {
    case 'insert':
      known.begin(key);
      return tell([{ kind: 'session-created' }, ...insertedAgents(key, document.agents, known)], createdAt);
    case 'replace':
      return tell(replaced(key, document, known), createdAt);
    case 'delete':
      known.forget(key);
      return tell([{ kind: 'session-deleted' }]);
    case 'update':
      return tell(updated(key, isDoc(event.updateDescription) ? event.updateDescription : {}, known));
    default:
      return [];
  }
}

function insertedAgents(sessionId: string, agents: unknown, known: KnownAgents): Detail[] {
  if (!isDoc(agents)) return [];
  return Object.entries(agents).flatMap(([agentId, agent]) =>
    changesOfAgent({ sessionId, agentId, whole: agent, byParley: true }, known),
  );
}

/** A session of another date is another one; who follows a session knows its date. */
function replaced(sessionId: string, document: Doc, known: KnownAgents): Detail[] {
  return [
    { kind: 'session-created' },
    ...writeAnew(sessionId, document.agents, known),
    { kind: 'metadata-changed' },
    { kind: 'session-changed' },
  ];
}

function updated(sessionId: string, description: Doc, known: KnownAgents): Detail[] {
  const written = sortWrittenPaths(description);
  const whole = written.allAgents ? writeAnew(sessionId, written.allAgents.value, known) : [];
  const ofAgents = [...written.agents].map(([agentId, paths]) =>
    changesOfAgent({ sessionId, agentId, ...paths, byParley: written.receipt }, known),
  );
  const details = [whole, ...ofAgents].flat();
  if (written.metadata) details.push({ kind: 'metadata-changed' });
  for (const index of written.feedback) details.push({ kind: 'feedback-added', index });
  // The root's date moves with what was told already; on its own it is all there is to tell.
  if (written.rest || (written.touched && details.length === 0)) details.push({ kind: 'session-changed' });
  return details;
}
