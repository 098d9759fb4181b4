import type { Usage } from '../../../src/domain/sessions/model.js';
import { addUsage, emptyUsage } from '../../../src/domain/sessions/usage.js';
import { START, spentBy, step } from '../../../src/domain/sessions/usage-costs.js';

/** What each of an agent's messages costs, in their order, and all together, however much that is. */
export function costsOf(messages: readonly Parameters<typeof spentBy>[0][]): {
  costs: (Usage | null)[];
  total: Usage;
} {
  let walk = START;
  let total = emptyUsage();
  const costs = messages.map((message) => {
    const { walk: after, cost } = step(walk, spentBy(message));
    walk = after;
    total = addUsage(total, cost);
    return cost;
  });
  return { costs, total };
}
