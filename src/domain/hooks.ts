import { checkFeedback, checkMetadataDeletion, checkMetadataUpdate } from './check-inputs.js';
import { ParleyError } from './errors.js';
import type { JsonObject } from './json.js';
import type { Feedback, Session } from './model.js';
import type { AddFeedbackInput } from './session-inputs.js';
import type { SessionService } from './session-service.js';

export type MetadataAction = 'update' | 'get' | 'delete';

/** What a metadata hook is about: `set` of an update, `paths` of a deletion. */
export interface MetadataContext {
  readonly sessionId: string;
  readonly set?: JsonObject;
  readonly paths?: readonly string[];
}

/**
 * Stands around every read and write of a session's metadata. `next` goes on: with what it is given in place of `set`
 * (update) or `paths` (delete), else with what came. After `get` it gives the metadata, and what the hook returns is what
 * the reader sees; what it returns for the others does not matter. A hook that throws before it calls `next`, or that never
 * calls it, leaves everything as it was.
 */
export type MetadataHook = (
  // biome-ignore lint/suspicious/noExplicitAny: set, paths or nothing; metadata or nothing: by the action.
  next: (changed?: any) => any,
  action: MetadataAction,
  context: MetadataContext,
) => unknown;

/** As it is to be stored; `fields` are the caller's own. */
export type NewFeedback = Pick<AddFeedbackInput, 'rating' | 'comment' | 'fields'>;

export interface FeedbackContext {
  readonly sessionId: string;
  readonly feedback: NewFeedback;
}

/** Stands around every feedback that is added, as a metadata hook does. `next` gives the stored feedback, which the hook returns. */
export type FeedbackHook = (
  next: (changed?: NewFeedback) => Promise<Feedback>,
  action: 'add',
  context: FeedbackContext,
) => unknown;

/** In order: the first one is outermost. */
export interface Hooks {
  metadata: readonly MetadataHook[];
  feedback: readonly FeedbackHook[];
}

/**
 * The service with hooks around its metadata and feedback. Input is checked before a hook sees it, and what a hook passes
 * on is checked again. The session as a subscriber sees it goes through `get` too; filters look at what is stored.
 */
export function hookedService(service: SessionService, { metadata, feedback }: Hooks): SessionService {
  const shown = async (session: Session): Promise<Session> => {
    const { sessionId } = session;
    const hooks = metadata.map((hook) => (next: () => unknown) => hook(next, 'get', { sessionId }));
    return { ...session, metadata: (await through(hooks, () => session.metadata, undefined)) as JsonObject };
  };

  return {
    ...service,
    async findSessions(query, budget) {
      const page = await service.findSessions(query, budget);
      if (query.parts && !query.parts.includes('metadata')) return page;
      return { ...page, sessions: await Promise.all(page.sessions.map(shown)) };
    },
    async loadSessions(ids, parts, budget) {
      const sessions = await service.loadSessions(ids, parts, budget);
      if (parts && !parts.includes('metadata')) return sessions;
      return Promise.all(sessions.map((session) => session && shown(session)));
    },
    async updateMetadata(input) {
      checkMetadataUpdate(input);
      const { sessionId } = input;
      const hooks = metadata.map(
        (hook) => (next: Next<JsonObject>, set: JsonObject) => hook(next, 'update', { sessionId, set }),
      );
      await through(hooks, (set) => service.updateMetadata({ ...input, set }), input.set);
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

type Next<Input> = (changed?: Input) => unknown;

/** Each hook around the next one, `last` innermost; what one hook passes on is what the next one is told. */
function through<Input>(
  hooks: readonly ((next: Next<Input>, input: Input) => unknown)[],
  last: (input: Input) => unknown,
  input: Input,
): unknown {
  const [hook, ...inner] = hooks;
  return hook ? hook((changed) => through(inner, last, changed ?? input), input) : last(input);
}
