import type { FieldNode, GraphQLField, GraphQLFieldResolver, GraphQLObjectType } from 'graphql';
import type { Execution } from './execution.js';
import type { Path } from './path.js';

/** The JSON of a value; null where it is null, which a place that may not be null hands on to the one around it. */
export type Text = string | null;

/** Makes the JSON of what a resolver has given, or of one item of it. Throws what is wrong with it. */
export type Complete = (
  execution: Execution,
  field: Field,
  path: Path | undefined,
  value: unknown,
) => Text | Promise<Text>;

/** One field of an object in the answer: what can be known of it before anything is asked. */
export interface Field {
  /** Among all fields of its plan. */
  readonly index: number;
  readonly name: string;
  /** What stands before its value: `{"name":` for the first of an object, `,"name":` for the others. */
  readonly head: string;
  readonly parentType: GraphQLObjectType;
  readonly definition: GraphQLField<unknown, unknown>;
  readonly nodes: readonly FieldNode[];
  /** Undefined: the property of its name. */
  readonly resolve: GraphQLFieldResolver<unknown, unknown> | undefined;
  /** The same in every execution; null: they depend on variables, or are objects that someone could change. */
  readonly args: Readonly<Record<string, unknown>> | null;
  readonly nonNull: boolean;
  /** Nothing lies below it. */
  readonly isLeaf: boolean;
  readonly complete: Complete;
}

/** The fields of one object, with the characters of their heads and of the brackets around them. */
export interface Selection {
  readonly fields: readonly Field[];
  readonly characters: number;
}
