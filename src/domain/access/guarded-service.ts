import type { SessionService } from '../sessions/session-service.js';
import type { Hooks } from './hook-types.js';
import { hookedService } from './hooks.js';
import type { Policy } from './policy.js';
import { reachingService } from './reaching-service.js';
import { scopedService } from './scopes.js';
import type { Sight } from './sight.js';
import { withholdingService } from './withheld.js';

/**
 * The service as one policy sees it during one operation: here, below GraphQL, so that no resolver can forget it. From the
 * inside out: what is within reach, judged by what is stored; what a write may tell; the hooks, which change what is shown
 * and written and decide about nothing else; and the scopes, before any of it. `sight`: what the operation has seen, where others look as well.
 */
export function guardedService(
  service: SessionService,
  policy: Policy,
  hooks: Hooks | null,
  sight?: Sight,
): SessionService {
  const reaching = reachingService(service, policy.reach, sight);
  const telling = policy.scopes.has('read') ? reaching : withholdingService(reaching);
  return scopedService(hooks ? hookedService(telling, hooks) : telling, policy);
}
