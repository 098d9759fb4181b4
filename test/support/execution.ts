import type { GraphQLSchema } from 'graphql';
import type { Mask } from '../../src/graphql/errors.js';
import { createPlans, type Plans } from '../../src/graphql/plan/plans.js';
import { createPreparer } from '../../src/graphql/prepare-operation.js';

export type MakePlans = (schema: GraphQLSchema, mask: Mask, options?: { introspection?: boolean }) => Plans;

/** Every query and mutation is executed by graphql-js, however often it comes. */
const interpreted: MakePlans = (schema, mask) => ({
  ready: () => null,
  add: () => null,
  events: createPlans(schema, mask).events,
  bytes: 0,
});

/** Every operation that can be is executed by its plan, the first time too. */
export const planned: MakePlans = (schema, mask, options) => {
  const plans = createPlans(schema, mask);
  const prepare = createPreparer(schema, options);
  return {
    add: plans.add,
    events: plans.events,
    get bytes() {
      return plans.bytes;
    },
    ready(asking) {
      const known = plans.ready(asking);
      if (known) return known;
      const { query, operationName, variables } = asking;
      const prepared = prepare({ query, operationName, variables: variables ? { ...variables } : null });
      if ('errors' in prepared) return null;
      plans.add(query, operationName, prepared.document);
      return plans.ready(asking);
    },
  };
};

/**
 * How the servers of the tests execute operations, by `EXECUTION` in the environment: `planned` or `interpreted` alone; else as
 * servers do, the first time past Apollo Server and then by the plan that is kept.
 */
export function plansOfTests(): { plans?: MakePlans } {
  const { EXECUTION: asked = '' } = process.env;
  if (asked === '') return {};
  if (asked === 'planned') return { plans: planned };
  if (asked === 'interpreted') return { plans: interpreted };
  throw new Error(`EXECUTION is ${asked}; it takes planned or interpreted.`);
}
