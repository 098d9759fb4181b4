import { createHash } from 'node:crypto';
import { ParleyError, sessionNotFound } from '../../../src/domain/errors.js';
import { tooManySnapshots } from '../../../src/domain/sessions/session-bounds.js';
import type {
  HistoryQuery,
  LiveBatch,
  Position,
  SessionStore,
} from '../../../src/domain/sessions/session-store.js';
import type { NewSnapshot, SnapshotStore } from '../../../src/domain/sessions/snapshot-store.js';
import type { OpenedStore } from '../../../src/stores/open-store.js';
import { compareCodePoints } from '../contract/code-points.js';
import { memoryAudit, memoryKeys } from './access.js';
import { type Database, positionAt } from './database.js';
import { memoryLeases } from './leases.js';
import { agentWith, messageWith, sessionWith, within } from './parts.js';
import {
  filtered,
  findMessage,
  findSessions,
  isSnapshotOf,
  loadAgents,
  loadSuperseding,
  loadUsage,
  remainsOf,
  viewSession,
} from './reads.js';
import { memoryReplies } from './replies.js';
import { memoryWebhooks } from './webhooks.js';

import * as writes from './writes.js';

/**
 * The promises of the port in their plainest form, over maps and arrays. It shows that the contract can be kept, and
 * is what a real store is compared with after any sequence of writes.
 */
export function openMemoryStore(database: Database): OpenedStore {
  const closing = new AbortController();
  const closed = () => new ParleyError('STORE_UNAVAILABLE', 'The store is closed.');
  const reading = async <T>(read: () => T): Promise<T> => {
    if (closing.signal.aborted) throw closed();
    return structuredClone(read());
  };
  const writing = async <T>(write: () => T): Promise<T> => {
    const result = await reading(write);
    for (const listener of [...database.listeners]) listener();
    return result;
  };

  const sessions: SessionStore = {
    async findSessions(query, budget) {
      const page = await reading(() => findSessions(database, query));
      return { ...page, sessions: await within(budget, page.sessions.map(sessionWith(query.parts))) };
    },
    countSessions: (filter, reach) => reading(() => filtered(database, filter, reach).length),
    async loadSessions(ids, parts, budget) {
      const found = await reading(() =>
        ids.map((id) => {
          const stored = database.sessions.get(id);
          return stored ? viewSession(stored) : null;
        }),
      );
      return within(
        budget,
        found.map((session) => session && sessionWith(parts)(session)),
      );
    },
    async loadAgents(requests, budget) {
      const found = await reading(() => loadAgents(database, requests));
      return within(
        budget,
        found.map((agents, index) => agents.map(agentWith(requests[index] ?? {}))),
      );
    },
    async loadSuperseding(requests, budget) {
      return within(budget, await reading(() => loadSuperseding(database, requests)));
    },
    loadUsage: (requests) => reading(() => loadUsage(database, requests)),
    async loadMessages(addresses, parts, budget) {
      const found = await reading(() =>
        addresses.map((address) => {
          const agent = database.sessions.get(address.sessionId)?.agents.get(address.agentId);
          return findMessage(agent?.messages ?? [], address) ?? null;
        }),
      );
      return within(
        budget,
        found.map((message) => message && messageWith(parts)(message)),
      );
    },
    async loadFeedback(places, budget) {
      const found = await reading(() =>
        places.map(
          ({ sessionId, index }) => database.sessions.get(sessionId)?.session.feedback[index] ?? null,
        ),
      );
      return within(budget, found);
    },
    createSession: (input) => writing(() => writes.createSession(database, input)),
    deleteSession: (sessionId) => writing(() => writes.deleteSession(database, sessionId)),
    expireSession: (input) => writing(() => writes.expireSession(database, input)),
    remainsOf: (sessionIds) => reading(() => remainsOf(database, sessionIds)),
    upsertAgent: (input) => writing(() => writes.upsertAgent(database, input)),
    appendMessages: (input) => writing(() => writes.appendMessages(database, input)),
    recordMetrics: (input) => writing(() => writes.recordMetrics(database, input)),
    redactMessage: (input) => writing(() => writes.redactMessage(database, input)),
    recordGuardrailEvent: (input) => writing(() => writes.recordGuardrailEvent(database, input)),
    changeMetadata: (input) => writing(() => writes.changeMetadata(database, input)),
    addFeedback: (input) => writing(() => writes.addFeedback(database, input)),
    async *changes({ after, signal }) {
      if (closing.signal.aborted) throw closed();
      yield* followLog(database, after, AbortSignal.any([signal, closing.signal]));
    },
    history: (query) => reading(() => historyOf(database, query)),
    ping: () => reading(() => {}),
    tryWrite: () => reading(() => {}),
    close: async () => closing.abort(),
  };
  const snapshots: SnapshotStore = {
    write: ({ key, data, now, of }) =>
      reading(() => {
        if (of) checkPlaceOfSnapshot(database, key, of);
        // A copy: the caller may use its buffer again.
        database.snapshots.set(key, { data: Uint8Array.from(data), writtenAt: now });
      }),
    async read(key, budget) {
      const stored = await reading(() => database.snapshots.get(key) ?? null);
      if (stored) await budget?.take(stored.data.length);
      return stored;
    },
    delete: (key) => reading(() => void database.snapshots.delete(key)),
    list: (prefix, { after = '', limit } = { limit: Number.POSITIVE_INFINITY }) =>
      reading(() =>
        [...database.snapshots.keys()]
          .filter((key) => key.startsWith(prefix) && compareCodePoints(key, after) > 0)
          .sort(compareCodePoints)
          .slice(0, limit),
      ),
  };
  const secret = async (name: string) => {
    const known = database.secrets.get(name) ?? createHash('sha256').update(name).digest();
    database.secrets.set(name, known);
    return known;
  };
  return {
    engine: 'sqlite',
    describe: 'memory',
    sessions,
    replies: memoryReplies(database, { reading, writing, closing: closing.signal, nextWrite }),
    secrets: { secret },
    snapshots,
    keys: memoryKeys(database, reading),
    audit: memoryAudit(database, reading),
    leases: memoryLeases(database, reading),
    webhooks: memoryWebhooks(database, reading),
    viewerPasswords: {
      viewerPassword: (sessionId) => reading(() => database.sessions.get(sessionId)?.viewerPassword ?? null),
    },
    // Data is moved between databases; what that promises is tested on those.
    transfer: {
      partBytes: 0,
      splits: false,
      countMessages: async () => null,
      read: unmoved,
      write: unmoved,
      readSnapshots: unmoved,
      writeSnapshot: unmoved,
      readAudit: unmoved,
      writeAudit: unmoved,
    },
    nearlyFull: () => 0,
    connections: () => null,
    close: sessions.close,
  };
}

function checkPlaceOfSnapshot(
  { sessions, snapshots }: Database,
  key: string,
  { sessionId, most }: NonNullable<NewSnapshot['of']>,
): void {
  if (!sessions.has(sessionId)) throw sessionNotFound(sessionId);
  const own = [...snapshots.keys()].filter((one) => isSnapshotOf(one, sessionId));
  if (!snapshots.has(key) && own.length >= most) throw tooManySnapshots(most);
}

function unmoved(): never {
  throw new Error('the model moves no data');
}

async function* followLog(
  database: Database,
  after: Position | null,
  signal: AbortSignal,
): AsyncGenerator<LiveBatch> {
  let read = after === null ? database.log.length : Number(after);
  for (let first = true; !signal.aborted; first = false) {
    const changes = structuredClone(database.log.slice(read));
    read += changes.length;
    if (changes.length === 0 && !first) await nextWrite(database, signal);
    yield { changes, position: positionAt(read), committedAt: changes.length > 0 ? Date.now() : null };
  }
}

/** Or a second later: a sign of life. */
function nextWrite({ listeners }: Database, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      clearTimeout(timer);
      listeners.delete(wake);
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const timer = setTimeout(wake, 1_000);
    listeners.add(wake);
    signal.addEventListener('abort', wake);
  });
}

function historyOf({ log }: Database, { sessionId, after, until, limit }: HistoryQuery) {
  const inside = log.filter(({ position }) => position > after && position <= until);
  const asked = inside.filter((change) => sessionId === null || change.sessionId === sessionId);
  const changes = asked.slice(0, limit);
  const done = asked.length <= limit;
  return { changes, position: done ? until : (changes.at(-1)?.position ?? until), done };
}
