import { ParleyError } from '../errors.js';
import { isJsonObject, type JsonObject } from '../json/json-value.js';
import {
  checkFeedback,
  checkMetadataDeletion,
  checkMetadataUpdate,
  checkNewSession,
} from '../sessions/check-inputs.js';
import { setPath } from '../sessions/metadata-path.js';
import type { Feedback, Session } from '../sessions/model.js';
import type { SessionService } from '../sessions/session-service.js';
import { refuseHidden } from './hidden-filters.js';
import { metadataThrough, type Next, through } from './hook-chain.js';
import type { Hooks, NewFeedback } from './hook-types.js';

/** The session as the hooks show it. */
export type Shown = (session: Session) => Promise<Session>;

export const shownBy =
  ({ metadata: hooks }: Hooks): Shown =>
  async (session) => {
    const { sessionId, metadata } = session;
    const shown: unknown = await metadataThrough(hooks, metadata, { sessionId });
    if (!isJsonObject(shown))
      throw new TypeError('A metadata hook returned no object for the metadata to be shown.');
    // A copy: a hook may go on to change what it has returned, and what is written of it is remembered.
    return { ...session, metadata: { ...shown } };
  };

/**
 * The service with hooks around its metadata and feedback. Input is checked before a hook sees it, and what a hook passes
 * on is checked again. Filters look at what is stored, and may not name what the hooks hide.
 */
export function hookedService(service: SessionService, hooks: Hooks): SessionService {
  const { metadata, feedback } = hooks;
  const shown = shownBy(hooks);

  /** What the hooks make of an update; `last` gets it. */
  const updating = (sessionId: string, given: JsonObject, last: (set: JsonObject) => unknown) => {
    const updates = metadata.map(
      (hook) => (next: Next<JsonObject>, set: JsonObject) => hook(next, 'update', { sessionId, set }),
    );
    return through(updates, last, given);
  };

  return {
    ...service,
    async findSessions(query) {
      await refuseHidden(metadata, query.filter);
      const page = await service.findSessions(query);
      if (query.parts && !query.parts.includes('metadata')) return page;
      return { ...page, sessions: await Promise.all(page.sessions.map(shown)) };
    },
    async countSessions(filter, within) {
      await refuseHidden(metadata, filter);
      return service.countSessions(filter, within);
    },
    async loadSessions(ids, parts) {
      const sessions = await service.loadSessions(ids, parts);
      if (parts && !parts.includes('metadata')) return sessions;
      return Promise.all(sessions.map((session) => session && shown(session)));
    },
    async eraseSessions(input) {
      await refuseHidden(metadata, input.filter);
      return service.eraseSessions(input);
    },
    async createSession(input) {
      checkNewSession(input);
      if (Object.keys(input.metadata ?? {}).length === 0) return service.createSession(input);
      let made: Promise<string> | null = null;
      await updating(input.sessionId ?? '', input.metadata as JsonObject, (set) => {
        made = service.createSession({ ...input, metadata: nested(set) });
        return made;
      });
      if (made === null)
        throw new ParleyError('FORBIDDEN', "A metadata hook did not let the session's metadata pass.");
      return made;
    },
    async updateMetadata(input) {
      checkMetadataUpdate(input);
      await updating(input.sessionId, input.set, (set) => service.updateMetadata({ ...input, set }));
    },
    async deleteMetadata(input) {
      checkMetadataDeletion(input);
      const { sessionId } = input;
      const hooks = metadata.map(
        (hook) => (next: Next<readonly string[]>, paths: readonly string[]) =>
          hook(next, 'delete', { sessionId, paths }),
      );
      await through(hooks, (paths) => service.deleteMetadata({ ...input, paths }), input.paths);
    },
    async addFeedback(input) {
      checkFeedback(input);
      const { sessionId, rating, comment, fields } = input;
      const hooks = feedback.map(
        (hook) => (next: Next<NewFeedback>, given: NewFeedback) =>
          hook(next as (changed?: NewFeedback) => Promise<Feedback>, 'add', { sessionId, feedback: given }),
      );
      const add = (changed: NewFeedback) => service.addFeedback({ ...input, ...changed });
      const added = await through(hooks, add, { rating, comment, fields });
      if (added === undefined)
        throw new ParleyError('FORBIDDEN', 'A feedback hook did not let the feedback pass.');
      return added as Feedback;
    },
  };
}

/** Of a new session: a hook may set dotted paths, as it does in an update. */
function nested(set: JsonObject): JsonObject {
  const metadata: JsonObject = {};
  for (const [path, value] of Object.entries(set)) setPath(metadata, path, value);
  return metadata;
}
