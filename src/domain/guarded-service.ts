import { refuseEveryone } from './erase-sessions.js';
import { ParleyError, sessionNotFound } from './errors.js';
import { canonicalJson } from './idempotency.js';
import type { JsonObject } from './json.js';
import { getPath, setPath } from './metadata-path.js';
import type { Session } from './model.js';
import type { Policy, Reach, Scope } from './policy.js';
import { allowsId, filterOfReach, looksAtSession, reaches, withReachParts } from './reach.js';
import type { CreateSessionInput } from './session-inputs.js';
import type { SessionService } from './session-service.js';
import type { SessionPart } from './session-store.js';

/** What each operation needs. A new one without a line here does not compile. */
export const SCOPE_OF: Readonly<Record<keyof SessionService, Scope>> = {
  findSessions: 'read',
  countSessions: 'read',
  loadSessions: 'read',
  loadAgents: 'read',
  loadMessages: 'read',
  loadUsage: 'read',
  createSession: 'append',
  upsertAgent: 'append',
  appendMessages: 'append',
  recordMetrics: 'append',
  redactMessage: 'redact',
  recordGuardrailEvent: 'redact',
  updateMetadata: 'metadata',
  deleteMetadata: 'metadata',
  addFeedback: 'feedback',
  deleteSession: 'delete',
  eraseSessions: 'delete',
};

/** FORBIDDEN where the policy lacks the scope. */
export function requireScope({ scopes }: Policy, scope: Scope): void {
  if (!scopes.has(scope))
    throw forbidden(`This needs the scope ${scope}, which the credential does not have.`);
}

/**
 * The service as one policy sees it during one operation: here, below GraphQL, so that no resolver can forget it. FORBIDDEN where
 * a scope is missing; a session that is not within reach is answered exactly as one that does not exist.
 */
export function guardedService(service: SessionService, policy: Policy): SessionService {
  const { reach } = policy;
  const need = (operation: keyof SessionService) => requireScope(policy, SCOPE_OF[operation]);
  const within = filterOfReach(reach);
  const everything = Object.keys(within).length === 0;

  /** Sessions that this operation has looked at: one that was loaded is not loaded again to be judged. */
  const judged = new Map<string, boolean>();

  async function loadSessions(
    ids: readonly string[],
    parts?: readonly SessionPart[],
  ): Promise<(Session | null)[]> {
    const sessions = await service.loadSessions(ids, parts && withReachParts(reach, parts));
    return sessions.map((session, index) => {
      const shown = session && reaches(reach, session) ? session : null;
      judged.set(ids[index] as string, shown !== null);
      return shown;
    });
  }

  /** Of these ids the ones that are within reach; the sessions are loaded where their ids do not tell. */
  async function visible(ids: readonly string[]): Promise<Set<string>> {
    const allowed = [...new Set(ids)].filter((id) => allowsId(reach, id));
    if (!looksAtSession(reach)) return new Set(allowed);
    const unknown = allowed.filter((id) => !judged.has(id));
    if (unknown.length > 0) await loadSessions(unknown, []);
    return new Set(allowed.filter((id) => judged.get(id)));
  }

  async function admit(operation: keyof SessionService, sessionId: string): Promise<void> {
    need(operation);
    if (everything) return;
    if (!(await visible([sessionId])).has(sessionId)) throw sessionNotFound(sessionId);
  }

  return {
    async findSessions(query) {
      need('findSessions');
      return service.findSessions(everything ? query : { ...query, filter: { and: [query.filter, within] } });
    },
    async countSessions(filter) {
      need('countSessions');
      return service.countSessions(everything ? filter : { and: [filter, within] });
    },
    async loadSessions(ids, parts) {
      need('loadSessions');
      return everything ? service.loadSessions(ids, parts) : loadSessions(ids, parts);
    },
    async loadAgents(requests) {
      need('loadAgents');
      if (everything) return service.loadAgents(requests);
      const shown = await visible(requests.map(({ sessionId }) => sessionId));
      const found = await service.loadAgents(requests.filter(({ sessionId }) => shown.has(sessionId)));
      return requests.map(({ sessionId }) => (shown.has(sessionId) ? (found.shift() ?? []) : []));
    },
    async loadMessages(addresses, parts) {
      need('loadMessages');
      if (everything) return service.loadMessages(addresses, parts);
      const shown = await visible(addresses.map(({ sessionId }) => sessionId));
      const found = await service.loadMessages(
        addresses.filter(({ sessionId }) => shown.has(sessionId)),
        parts,
      );
      return addresses.map(({ sessionId }) => (shown.has(sessionId) ? (found.shift() ?? null) : null));
    },
    async loadUsage(requests) {
      need('loadUsage');
      if (everything) return service.loadUsage(requests);
      const shown = await visible(requests.map(({ sessionId }) => sessionId));
      const found = await service.loadUsage(requests.filter(({ sessionId }) => shown.has(sessionId)));
      return requests.map(({ sessionId }) => (shown.has(sessionId) ? (found.shift() ?? null) : null));
    },
    async createSession(input) {
      need('createSession');
      return service.createSession(everything ? input : withinReach(reach, input));
    },
    async appendMessages(input) {
      need('appendMessages');
      if (!everything && !(await visible([input.sessionId])).has(input.sessionId)) {
        if (!input.createIfMissing) throw sessionNotFound(input.sessionId);
        // Made here it would be within reach only where its id alone decides; and whether it is there is not told.
        throw forbidden('This credential may not make this session. Create it first, within its reach.');
      }
      return service.appendMessages(input);
    },
    async upsertAgent(input) {
      await admit('upsertAgent', input.sessionId);
      return service.upsertAgent(input);
    },
    async recordMetrics(input) {
      await admit('recordMetrics', input.address.sessionId);
      return service.recordMetrics(input);
    },
    async redactMessage(input) {
      await admit('redactMessage', input.address.sessionId);
      return service.redactMessage(input);
    },
    async recordGuardrailEvent(input) {
      await admit('recordGuardrailEvent', input.address.sessionId);
      return service.recordGuardrailEvent(input);
    },
    async updateMetadata(input) {
      await admit('updateMetadata', input.sessionId);
      refuseReachPaths(reach, Object.keys(input.set));
      return service.updateMetadata(input);
    },
    async deleteMetadata(input) {
      await admit('deleteMetadata', input.sessionId);
      refuseReachPaths(reach, input.paths);
      return service.deleteMetadata(input);
    },
    async addFeedback(input) {
      await admit('addFeedback', input.sessionId);
      return service.addFeedback(input);
    },
    async deleteSession(sessionId) {
      await admit('deleteSession', sessionId);
      return service.deleteSession(sessionId);
    },
    async eraseSessions(input) {
      need('eraseSessions');
      // The caller's own filter has to ask for something, whatever the reach asks for.
      refuseEveryone(input.filter);
      return service.eraseSessions(
        everything ? input : { ...input, filter: { and: [input.filter, within] } },
      );
    },
  };
}

/** With what the reach asks for where it is absent. FORBIDDEN where it is something else. */
function withinReach(reach: Reach, input: CreateSessionInput): CreateSessionInput {
  const { sessionId } = input;
  if (typeof sessionId !== 'string' && (reach.sessionId ?? reach.sessionIdPrefix) !== undefined) {
    throw forbidden('This credential is limited by session id: give a sessionId.');
  }
  if (typeof sessionId === 'string' && !allowsId(reach, sessionId)) {
    throw forbidden('This credential may not make a session of that id.');
  }
  const applicationName = input.applicationName ?? reach.applicationName ?? null;
  if (reach.applicationName !== undefined && applicationName !== reach.applicationName) {
    throw forbidden(
      `This credential may make sessions of application ${JSON.stringify(reach.applicationName)} alone.`,
    );
  }
  const metadata: JsonObject = structuredClone(input.metadata ?? {});
  for (const [path, value] of Object.entries(reach.metadata ?? {})) {
    const given = getPath(metadata, path);
    if (given === undefined) setPath(metadata, path, value);
    else if (canonicalJson(given) !== canonicalJson(value)) {
      throw forbidden(
        `This credential may make sessions with its own value at ${JSON.stringify(path)} alone.`,
      );
    }
  }
  return { ...input, applicationName, metadata };
}

/** A caller must not move a session out of its own reach, nor anyone into it. */
function refuseReachPaths({ metadata = {} }: Reach, paths: readonly string[]): void {
  const own = Object.keys(metadata);
  const touched = paths.find((path) =>
    own.some((mine) => path === mine || path.startsWith(`${mine}.`) || mine.startsWith(`${path}.`)),
  );
  if (touched !== undefined) {
    throw forbidden(
      `The metadata at ${JSON.stringify(touched)} decides who may see the session; this credential may not change it.`,
    );
  }
}

const forbidden = (message: string) => new ParleyError('FORBIDDEN', message);
