import type { GraphQLFieldResolver } from 'graphql';
import type { AskedField, Execution } from './execution.js';
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
export interface Field extends AskedField {
  readonly name: string;
  /** What stands before its value, behind that of the field before: brackets, names, and values that are always the same. */
  readonly head: string;
  /** Undefined: the property of its name. */
  readonly resolve: GraphQLFieldResolver<unknown, unknown> | undefined;
  readonly nonNull: boolean;
  /** Nothing lies below it. */
  readonly isLeaf: boolean;
  readonly complete: Complete;
}

/** What is selected of one object: the fields that are asked for their values, and what stands behind the last of these. */
export interface Selection {
  readonly fields: readonly Field[];
  readonly end: string;
  /** Of the heads and the end. */
  readonly characters: number;
}
