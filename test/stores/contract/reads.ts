import { expect } from 'vitest';
import { type ErrorCode, ParleyError } from '../../../src/domain/errors.js';
import { canonicalJson } from '../../../src/domain/sessions/idempotency.js';
import type { Agent, Message, Session, Usage } from '../../../src/domain/sessions/model.js';
import type {
  MessageKey,
  SessionFilter,
  SessionStore,
  UsageRequest,
} from '../../../src/domain/sessions/session-store.js';

export async function readSession(store: SessionStore, sessionId: string): Promise<Session> {
  const [session] = await store.loadSessions([sessionId]);
  if (!session) throw new Error(`no session ${sessionId} in the store`);
  return session;
}

export async function readAgents(store: SessionStore, sessionId: string): Promise<Agent[]> {
  const [agents = []] = await store.loadAgents([{ sessionId, among: 'all', windows: [] }]);
  return agents.map(({ agent }) => agent);
}

export async function readAgent(store: SessionStore, sessionId: string, agentId: string): Promise<Agent> {
  const [found = []] = await store.loadAgents([{ sessionId, among: [agentId], windows: [] }]);
  const [only] = found;
  if (!only) throw new Error(`no agent ${agentId} in session ${sessionId}`);
  return only.agent;
}

/** All messages of an agent, by position. */
export async function readMessages(
  store: SessionStore,
  sessionId: string,
  agentId: string,
): Promise<Message[]> {
  const windows = [{ first: 1000 }];
  const [found = []] = await store.loadAgents([{ sessionId, among: [agentId], windows }]);
  return found[0]?.pages[0]?.messages ?? [];
}

export async function usageIn(store: SessionStore, request: UsageRequest): Promise<Usage | null> {
  const [usage = null] = await store.loadUsage([request]);
  return usage;
}

/** What a message says, where it is one block of text. */
export const textOf = (message: Message | null | undefined) => message?.content[0]?.text;

/** Everything that the store shows of a session, as text to search in. */
export async function everyReadOf(store: SessionStore, sessionId: string): Promise<string> {
  const window = { first: 1000 };
  const [agents = []] = await store.loadAgents([
    { sessionId, among: 'all', windows: [window, { last: 1000 }] },
  ]);
  const addresses = agents.flatMap(({ agent, pages }) =>
    (pages[0]?.messages ?? []).map(({ position }) => ({ sessionId, agentId: agent.agentId, position })),
  );
  const found = await store.findSessions({
    filter: { sessionIds: [sessionId] },
    orderBy: { field: 'createdAt', direction: 'asc' },
    limit: 10,
    backward: false,
    after: null,
    before: null,
  });
  return JSON.stringify([
    agents,
    await store.loadMessages(addresses),
    await store.loadSessions([sessionId]),
    found,
  ]);
}

/** The write or read was refused, with this code. */
export async function expectCode(promise: Promise<unknown>, code: ErrorCode): Promise<void> {
  const error = await promise.then(
    () => new Error('it was not refused'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof ParleyError)) throw error;
  expect(error.code).toBe(code);
}

/** Equal as JSON, with own keys such as `__proto__` and in whatever order of keys. */
export function expectJson(actual: unknown, expected: unknown): void {
  expect(canonicalJson(actual)).toBe(canonicalJson(expected));
}

/** The ids of the sessions that a filter leaves, sorted. */
export async function findIds(
  store: SessionStore,
  filter: SessionFilter,
  within: SessionFilter = {},
): Promise<string[]> {
  const orderBy = { field: 'createdAt', direction: 'asc' } as const;
  const all = { limit: 1000, backward: false, after: null, before: null };
  const { sessions } = await store.findSessions({ filter, within, orderBy, ...all });
  return sessions.map(({ sessionId }) => sessionId).sort();
}

/** A message's identity: what it is stored with, else its place. */
export const keyOf = (message: Message | undefined): MessageKey =>
  message?.storageId ? { storageId: message.storageId } : { position: message?.position ?? -1 };
