import {
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  GraphQLList,
  GraphQLObjectType,
  GraphQLSchema,
} from 'graphql';
import type { LiveEvent } from '../domain/live/live-events.js';
import { oncePerObject } from '../domain/once-per-object.js';

/** A schema in which subscriptions give lists: graphql-js then looks at operation and variables once for several events. */
const listing = oncePerObject((schema: GraphQLSchema): GraphQLSchema => {
  const { types, ...config } = schema.toConfig();
  const { fields, ...root } = (schema.getSubscriptionType() as GraphQLObjectType).toConfig();
  const lists = Object.entries(fields).map(([name, field]) => [
    name,
    { ...field, type: new GraphQLList(field.type) },
  ]);
  return new GraphQLSchema({
    ...config,
    types: types.filter(({ name }) => name !== root.name),
    subscription: new GraphQLObjectType({ ...root, fields: Object.fromEntries(lists) }),
  });
});

/**
 * Executes a subscription's operation for events: for several at once where none of them has an error, and from the first that has
 * one on for each by itself, so that its errors and its limits are its own.
 */
export function createEventExecution(
  args: ExecutionArgs,
  /** Executes in a context of its own. */
  inContext: (run: (contextValue: unknown) => ReturnType<typeof execute>) => Promise<ExecutionResult>,
): (events: readonly LiveEvent[]) => Promise<ExecutionResult[]> {
  let together = true;

  return async (events) => {
    if (together && events.length > 1) {
      const schema = listing(args.schema);
      const { data, errors } = await inContext((contextValue) =>
        execute({ ...args, schema, rootValue: events, contextValue }),
      );
      if (data && !errors) {
        // A subscription has one root field.
        const [[name, all] = []] = Object.entries(data);
        return (all as unknown[]).map((one) => ({ data: { [name as string]: one } }));
      }
      together = false;
    }
    const results: ExecutionResult[] = [];
    for (const rootValue of events) {
      results.push(await inContext((contextValue) => execute({ ...args, rootValue, contextValue })));
    }
    return results;
  };
}
