import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';
import { GraphQLDateTimeISO, GraphQLJSON, GraphQLJSONObject } from 'graphql-scalars';

const refuse = (message: string): never => {
  throw new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });
};

function toLong(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value)
    ? value
    : refuse('Long cannot represent this value: it takes an integer of up to 53 bits.');
}

/** A stored count that is no safe integer is null rather than wrong. */
const Long = new GraphQLScalarType({
  name: 'Long',
  description: 'An integer of up to 53 bits, for token counts that pass 2^31.',
  serialize: (value) => (Number.isSafeInteger(value) ? value : null),
  parseValue: toLong,
  parseLiteral: (node) => toLong(node.kind === Kind.INT ? Number(node.value) : Number.NaN),
});

/** Under the schema's own name: a scalar of another name would take its place, and no variable could have its type. */
const DateTime = new GraphQLScalarType({ ...GraphQLDateTimeISO.toConfig(), name: 'DateTime' });

export const scalars = { DateTime, JSON: GraphQLJSON, JSONObject: GraphQLJSONObject, Long };
