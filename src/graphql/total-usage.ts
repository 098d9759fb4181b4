import { createLru, type Lru } from '../domain/lru.js';
import type { Usage } from '../domain/sessions/model.js';
import type { UsageRequest } from '../domain/sessions/session-store.js';
import { emptyUsage, USAGE_FIELDS } from '../domain/sessions/usage.js';
import type { RequestContext } from './context.js';

/** Sessions whose overflow was told of and is not told again, for each log. */
const REMEMBERED = 1_000;
const told = new WeakMap<object, Lru<string, true>>();

/** The total of a session or an agent, loaded where it is selected alone. Of one that is gone by now it is 0. */
export async function totalUsage({ loaders, log }: RequestContext, request: UsageRequest): Promise<Usage> {
  const usage = (await loaders.usage.load(request)) ?? emptyUsage();
  if (USAGE_FIELDS.some((field) => usage[field] === null)) warnOnce(log, request.sessionId);
  return usage;
}

function warnOnce(log: RequestContext['log'], sessionId: string): void {
  const known = told.get(log) ?? createLru<string, true>(REMEMBERED);
  told.set(log, known);
  if (known.get(sessionId)) return;
  known.set(sessionId, true);
  log.warn({ sessionId }, 'the token totals of a session are too large to be shown');
}
