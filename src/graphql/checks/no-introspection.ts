import { GraphQLError, type ValidationRule } from 'graphql';

const INTROSPECTION = new Set(['__schema', '__type']);

/** For a server that does not show its schema: says so, and where the schema is. `__typename` may be asked for. */
export const noIntrospection: ValidationRule = (context) => ({
  Field(node) {
    if (!INTROSPECTION.has(node.name.value)) return;
    const message = `The schema cannot be asked for on this server (INTROSPECTION=off), and the query has ${node.name.value}. "parley schema" prints it, and the package holds it as parley/schema.graphql.`;
    context.reportError(new GraphQLError(message, { nodes: node }));
  },
});
