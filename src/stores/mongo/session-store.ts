import { unbounded } from '../../domain/read-budget.js';
import type { AppendedMessage, AppendMessages, SessionStore } from '../../domain/sessions/session-store.js';
import type { CallGate } from './driver/call-gate.js';
import { confirmMajority, READ_LIMIT_MS } from './driver/collection.js';
import { mayScan, type PoolPlaces } from './driver/pool-places.js';
import { readChanges, readHistory } from './feed/feed.js';
import type { FeedTarget } from './feed/feed-stream.js';
import { createFeedMemory } from './feed/known-agents.js';
import { loadAgents } from './reads/read-agents.js';
import { loadMessages } from './reads/read-messages.js';
import { countSessions, findSessions, loadFeedback, loadSessions } from './reads/read-sessions.js';
import { loadSuperseding } from './reads/read-superseding.js';
import { loadUsage } from './reads/read-usage.js';
import { expireSession } from './writes/expiry.js';
import { remainsOf } from './writes/remains.js';
import { upsertAgent } from './writes/write-agents.js';
import type { WriteContext } from './writes/write-context.js';
import { recordGuardrailEvent, recordMetrics, redactMessage } from './writes/write-messages.js';
import { addFeedback, changeMetadata, createSession, deleteSession } from './writes/write-sessions.js';

export interface MongoSessionStoreOptions {
  context: WriteContext;
  append: (input: AppendMessages, caller?: string) => Promise<AppendedMessage[]>;
  feed: FeedTarget;
  gate: CallGate;
  places: PoolPlaces;
  /** Releases what the store shares with others. */
  close(): Promise<void>;
}

/** The port on MongoDB: one document a session, as strands agents in Python read and write it. */
export function createMongoSessionStore(options: MongoSessionStoreOptions): SessionStore {
  const { context, append, feed, gate, places } = options;
  const { sessions } = context;
  const memory = createFeedMemory();
  const { call } = gate;
  const write = <T>(caller: string | undefined, run: () => Promise<T>) =>
    call(() => places.write(caller, run));

  return {
    findSessions(query, budget) {
      const run = mayScan(query) ? places.scan : places.read;
      return call(() => run(budget, (own) => findSessions(sessions, query, own)));
    },
    countSessions: (filter, within, budget) =>
      call(() => places.scan(budget, () => countSessions(sessions, filter, within))),
    loadSessions: (ids, parts, budget) =>
      call(() => places.read(budget, (own) => loadSessions(sessions, ids, parts, own))),
    loadAgents: (requests, budget) =>
      call(() => places.read(budget, (own) => loadAgents(sessions, requests, own))),
    loadSuperseding: (requests, budget) =>
      call(() => places.read(budget, (own) => loadSuperseding(sessions, requests, own))),
    loadMessages: (addresses, parts, budget) =>
      call(() => places.read(budget, (own) => loadMessages(sessions, addresses, parts, own))),
    loadUsage: (requests, budget) => call(() => places.read(budget, () => loadUsage(sessions, requests))),
    loadFeedback: (asked, budget) =>
      call(() => places.read(budget, (own) => loadFeedback(sessions, asked, own))),
    createSession: (input, caller) => write(caller, () => createSession(context, input)),
    deleteSession: (sessionId, _now, caller) => write(caller, () => deleteSession(context, sessionId)),
    expireSession: (input) => call(() => expireSession(context, input)),
    remainsOf: (sessionIds, caller) =>
      call(() => places.scan({ ...unbounded, caller }, () => remainsOf(context, sessionIds))),
    upsertAgent: (input, caller) => write(caller, () => upsertAgent(context, input)),
    appendMessages: (input, caller) => call(() => append(input, caller)),
    recordMetrics: (input, caller) => write(caller, () => recordMetrics(context, input)),
    redactMessage: (input, caller) => write(caller, () => redactMessage(context, input)),
    recordGuardrailEvent: (input, caller) => write(caller, () => recordGuardrailEvent(context, input)),
    changeMetadata: (input, caller) => write(caller, () => changeMetadata(context, input)),
    addFeedback: (input, caller) => write(caller, () => addFeedback(context, input)),
    changes: ({ after, signal }) => gate.stream(signal, (ending) => readChanges(feed, after, ending, memory)),
    history: (query) => call(() => readHistory(feed, query, gate.closing)),
    async ping() {
      await call(() => sessions.db.command({ ping: 1, maxTimeMS: READ_LIMIT_MS }));
    },
    // An update without a match: it needs the right to write, a primary and a majority, as every write does.
    tryWrite: () => call(() => confirmMajority(sessions, '')),
    close: options.close,
  };
}
