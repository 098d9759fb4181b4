import type { GraphQLSchema } from 'graphql';
import { seededRandom } from '../seeded-random.js';
import { httpInput } from './http-inputs.js';
import { mutateText } from './mutate-text.js';
import { type Operation, validOperation } from './operations.js';
import { socketInput } from './socket-inputs.js';
import { type Random, sometimes, strangeJson } from './strange.js';
import { mutateValue } from './values.js';

/** What is tried on a connection of its own. */
export type Input =
  /** POSTed as it should be. */
  | { kind: 'operation'; operation: Operation }
  /** The bytes of a connection; `cut`: the client says at once that no more comes. */
  | { kind: 'http'; pieces: Buffer[]; cut: boolean }
  /** The bytes that follow the upgrade of a socket. */
  | { kind: 'socket'; pieces: Buffer[] };

/** Fits the schema in almost half of all cases; else its text, its variables or what stands beside them is damaged. */
export function operationFor(schema: GraphQLSchema, random: Random): Operation {
  const kind = random.pick(['query', 'query', 'mutation', 'mutation', 'subscription'] as const);
  const operation = validOperation(schema, random, kind);
  const damage = random.next();
  if (damage < 0.45) return operation;
  if (damage < 0.65) return { ...operation, query: mutateText(operation.query, random) };
  if (damage < 0.95) return { ...operation, variables: mutateValue(operation.variables, random) };
  const beside = sometimes(random, 0.5)
    ? { operationName: strangeJson(random) }
    : { extensions: strangeJson(random) };
  return { ...operation, ...beside };
}

/** The input of this number of a seed, the same each time. */
export function inputOf(schema: GraphQLSchema, seed: number, number: number): Input {
  const random = seededRandom(seed + Math.imul(number, 0x9e3779b1));
  const operation = (own: Random) => operationFor(schema, own);
  const kind = random.next();
  if (kind < 0.5) return { kind: 'operation', operation: operation(random) };
  if (kind < 0.75) return { kind: 'http', ...httpInput(random) };
  return { kind: 'socket', pieces: socketInput(random, operation) };
}

/** As it can be read in a report, and pasted into a test. */
export function printed(input: Input): string {
  if (input.kind === 'operation') return JSON.stringify(input);
  const pieces = input.pieces.map((piece) => piece.toString('latin1'));
  return JSON.stringify({ ...input, pieces });
}
