import { type DocumentNode, type GraphQLSchema, getOperationAST, OperationTypeNode } from 'graphql';
import type { Mask } from '../errors.js';
import { createPlan, type Plan, type ReadyOperation } from './plan.js';

/** Operations whose plans are kept, and bytes that these may take together, about: */
const MAX_PLANS = 1_000;
const MAX_BYTES = 32 * 1024 * 1024;
/** a character of a parsed document, and a field of a plan. */
const CHARACTER_BYTES = 50;
const FIELD_BYTES = 1_000;
/** A longer document is not kept: no client sends such twice. */
const LONGEST = 20_000;

/** What one operation is asked by. */
export interface Asking {
  query: string;
  operationName?: string | null | undefined;
  variables?: Readonly<Record<string, unknown>> | null | undefined;
}

export interface Plans {
  /** The operation, where it is known and its variables fit; null: it has to be looked at as if it came first. */
  ready(asking: Asking): ReadyOperation | null;
  /** Keeps a plan for an operation that was found valid, and within the limits. */
  add(query: string, operationName: string | null | undefined, document: DocumentNode): void;
  /** About, of all plans that are kept. */
  readonly bytes: number;
}

interface Kept {
  plan: Plan;
  /** What it is counted with: it grows as more of it is needed. */
  bytes: number;
}

/** The operations that were asked last, by their text and name: nothing of a plan depends on who asked. */
export function createPlans(schema: GraphQLSchema, mask: Mask): Plans {
  const plans = new Map<string, Kept>();
  let bytes = 0;

  function grow(key: string, kept: Kept, more: number): void {
    kept.bytes += more;
    if (plans.get(key) !== kept) return;
    bytes += more;
    for (const [oldest, dropped] of plans) {
      if (plans.size <= MAX_PLANS && bytes <= MAX_BYTES) break;
      plans.delete(oldest);
      bytes -= dropped.bytes;
    }
  }

  return {
    get bytes() {
      return bytes;
    },
    ready({ query, operationName, variables }) {
      const key = keyOf(query, operationName);
      const kept = plans.get(key);
      if (!kept) return null;
      // To the end: the first is the one that was not used for the longest time.
      plans.delete(key);
      plans.set(key, kept);
      return kept.plan.with(variables ?? {});
    },
    add(query, operationName, document) {
      const key = keyOf(query, operationName);
      const operation = getOperationAST(document, operationName);
      if (!operation || operation.operation === OperationTypeNode.SUBSCRIPTION) return;
      if (query.length > LONGEST || plans.has(key)) return;
      const onField = () => grow(key, kept, FIELD_BYTES);
      const kept: Kept = { plan: createPlan(schema, document, operation, mask, onField), bytes: 0 };
      plans.set(key, kept);
      grow(key, kept, key.length * CHARACTER_BYTES);
    },
  };
}

/** No document holds the character in between. */
const keyOf = (query: string, operationName: string | null | undefined) =>
  (operationName ?? null) === null ? query : `${query}\0${operationName}`;
