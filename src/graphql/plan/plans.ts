import { type DocumentNode, type GraphQLSchema, getOperationAST, OperationTypeNode, print } from 'graphql';
import { createLru } from '../../domain/lru.js';
import { createWhileKept } from '../../domain/while-kept.js';
import type { Mask } from '../errors.js';
import type { OperationInput } from '../prepare-operation.js';
import { createPlan, type Plan, type ReadyOperation } from './plan.js';

/** Operations whose plans are kept, and bytes that these may take together, about: */
const MAX_PLANS = 1_000;
const MAX_BYTES = 32 * 1024 * 1024;
/** a character of a parsed document, and a field of a plan. */
const CHARACTER_BYTES = 50;
const FIELD_BYTES = 1_000;
/** A longer document is not kept: no client sends such twice. */
const LONGEST = 20_000;

export interface Plans {
  /** The operation, where it is known and its variables fit; null: it has to be looked at as if it came first. */
  ready(input: OperationInput): ReadyOperation | null;
  /**
   * The plan of an operation that was found valid, and within the limits: kept, where one like it may come again. Null for a subscription,
   * and where graphql-js is to execute it.
   */
  add(query: string, operationName: string | null | undefined, document: DocumentNode): Plan | null;
  /** That of a subscription's events, for each of which it is executed: equal subscriptions that keep it share it. */
  events(document: DocumentNode, operationName: string | null): Plan;
  /** About, of all plans that are kept here. */
  readonly bytes: number;
}

/** The operations that were asked last, by their text and name: nothing of a plan depends on who asked. */
export function createPlans(schema: GraphQLSchema, mask: Mask): Plans {
  const plans = createLru<string, Plan>(MAX_PLANS, MAX_BYTES);
  const ofEvents = createWhileKept<Plan>();

  return {
    get bytes() {
      return plans.weight;
    },
    ready: ({ query, operationName, variables }) =>
      plans.get(keyOf(query, operationName))?.with(variables ?? {}) ?? null,
    add(query, operationName, document) {
      const key = keyOf(query, operationName);
      const operation = getOperationAST(document, operationName);
      if (!operation || operation.operation === OperationTypeNode.SUBSCRIPTION) return null;
      const known = plans.get(key);
      if (known) return known;
      if (query.length > LONGEST) return createPlan(schema, document, operation, mask, () => {});
      /** It grows as more of it is needed. */
      let bytes = key.length * CHARACTER_BYTES;
      const plan = createPlan(schema, document, operation, mask, () => {
        bytes += FIELD_BYTES;
        if (plans.get(key) === plan) plans.set(key, plan, bytes);
      });
      plans.set(key, plan, bytes);
      return plan;
    },
    events(document, operationName) {
      const key = keyOf(document.loc?.source.body ?? print(document), operationName);
      const known = ofEvents.get(key);
      if (known) return known;
      const operation = getOperationAST(document, operationName);
      if (!operation) throw new TypeError('a subscription without an operation');
      const plan = createPlan(schema, document, operation, mask, () => {});
      ofEvents.set(key, plan);
      return plan;
    },
  };
}

/** No document holds the character in between. */
const keyOf = (query: string, operationName: string | null | undefined) =>
  (operationName ?? null) === null ? query : `${query}\0${operationName}`;
