import type { Later } from '../async/later.js';
import { ParleyError, sessionExists, sessionNotFound } from '../errors.js';
import type { JsonObject } from '../json/json-value.js';
import { isSameJson } from '../json/same-json.js';
import { unbounded } from '../read-budget.js';
import { refuseEveryone } from '../sessions/erase-sessions.js';
import { getPath, withPath } from '../sessions/metadata-path.js';
import type { CreateSessionInput } from '../sessions/session-inputs.js';
import type { SessionService } from '../sessions/session-service.js';
import type { Reach } from './policy.js';
import { allowsId, filterOfReach, isLimited, looksAtSession, mayNotMake } from './reach.js';
import { createSight, type Sight } from './sight.js';

/**
 * The service as far as one reach goes, during one operation. A session that is not within reach is answered exactly as one
 * that does not exist. It looks at what is stored: hooks stand outside.
 */
export function reachingService(
  service: SessionService,
  reach: Reach,
  sight: Sight = createSight(reach, service, unbounded),
): SessionService {
  if (!isLimited(reach)) return service;
  const within = filterOfReach(reach);

  const { loadSessions, visible, sees, seesNow, forget } = sight;

  /** What is loaded for the keys whose sessions are within reach; `none` for each of the others. */
  async function loadVisible<K extends { sessionId: string }, V>(
    keys: readonly K[],
    none: V,
    load: (shown: readonly K[]) => Later<V[]>,
  ): Promise<V[]> {
    const shown = await visible(keys.map(({ sessionId }) => sessionId));
    const found = await load(keys.filter(({ sessionId }) => shown.has(sessionId)));
    return keys.map(({ sessionId }) => (shown.has(sessionId) ? (found.shift() ?? none) : none));
  }

  const unmade = async (sessionId: string) =>
    (await sees(sessionId)) ? sessionExists(sessionId) : foreignId();

  /** A write is judged by what is there as it begins, and what it changes is looked at anew. */
  async function writing<T>(sessionId: string, write: () => Promise<T>): Promise<T> {
    if (!(await seesNow(sessionId))) throw sessionNotFound(sessionId);
    try {
      return await write();
    } finally {
      forget();
    }
  }

  return {
    findSessions: (query) => service.findSessions({ ...query, within }),
    countSessions: (filter) => service.countSessions(filter, within),
    loadSessions,
    loadAgents: (requests) => loadVisible(requests, [], service.loadAgents),
    loadSuperseding: (requests) => loadVisible(requests, [], service.loadSuperseding),
    loadMessages: (addresses, parts) =>
      loadVisible(addresses, null, (shown) => service.loadMessages(shown, parts)),
    loadUsage: (requests) => loadVisible(requests, null, service.loadUsage),
    async createSession(input) {
      forget();
      try {
        // Of one session alone there is nothing to make: it is there, or was another one.
        if (reach.createdAt !== undefined) throw await unmade(input.sessionId ?? '');
        const sessionId = await service.createSession(asReached(reach, input));
        // A repetition makes nothing: the session may have left the reach since.
        if (typeof input.idempotencyKey === 'string' && !(await sees(sessionId))) throw foreignId();
        return sessionId;
      } catch (error) {
        const taken =
          error instanceof ParleyError &&
          (error.code === 'SESSION_EXISTS' || error.code === 'IDEMPOTENCY_CONFLICT');
        if (taken && !(await sees(input.sessionId as string))) throw foreignId();
        throw error;
      } finally {
        forget();
      }
    },
    async appendMessages(input) {
      // Where more than the id decides, only what is there can be within reach: the agent is made, the session never.
      const createIfMissing =
        input.createIfMissing && looksAtSession(reach) ? 'agent' : input.createIfMissing;
      try {
        return await writing(input.sessionId, () => service.appendMessages({ ...input, createIfMissing }));
      } catch (error) {
        const missing = error instanceof ParleyError && error.code === 'SESSION_NOT_FOUND';
        throw missing && input.createIfMissing ? mayNotMake() : error;
      }
    },
    upsertAgent: (input) => writing(input.sessionId, () => service.upsertAgent(input)),
    recordMetrics: (input) => writing(input.address.sessionId, () => service.recordMetrics(input)),
    redactMessage: (input) => writing(input.address.sessionId, () => service.redactMessage(input)),
    recordGuardrailEvent: (input) =>
      writing(input.address.sessionId, () => service.recordGuardrailEvent(input)),
    updateMetadata: (input) =>
      writing(input.sessionId, async () => {
        refuseReachPaths(reach, Object.keys(input.set));
        return service.updateMetadata(input);
      }),
    deleteMetadata: (input) =>
      writing(input.sessionId, async () => {
        refuseReachPaths(reach, input.paths);
        return service.deleteMetadata(input);
      }),
    addFeedback: (input) => writing(input.sessionId, () => service.addFeedback(input)),
    deleteSession: (sessionId) => writing(sessionId, () => service.deleteSession(sessionId)),
    async eraseSessions(input) {
      // The caller's own filter has to ask for something, whatever the reach asks for.
      refuseEveryone(input.filter);
      try {
        return await service.eraseSessions({ ...input, within });
      } finally {
        forget();
      }
    },
  };
}

/** With what the reach asks for where it is absent. FORBIDDEN where it is something else. */
function asReached(reach: Reach, input: CreateSessionInput): CreateSessionInput {
  const { sessionId } = input;
  if (typeof sessionId !== 'string' && (reach.sessionId ?? reach.sessionIdPrefix) !== undefined) {
    throw forbidden('This credential is limited by session id: give a sessionId.');
  }
  if (typeof sessionId === 'string' && !allowsId(reach, sessionId)) throw foreignId();
  const applicationName = input.applicationName ?? reach.applicationName ?? null;
  if (reach.applicationName !== undefined && applicationName !== reach.applicationName) {
    throw forbidden(
      `This credential may make sessions of application ${JSON.stringify(reach.applicationName)} alone.`,
    );
  }
  let metadata: JsonObject = input.metadata ?? {};
  for (const [path, value] of Object.entries(reach.metadata ?? {})) {
    const given = getPath(metadata, path);
    if (given === undefined) metadata = withPath(metadata, path, value);
    else if (!isSameJson(given, value)) {
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

/** One answer for an id that the reach does not allow, and for one that a session beyond it has taken. */
const foreignId = () => forbidden('This credential may not make a session of that id.');
