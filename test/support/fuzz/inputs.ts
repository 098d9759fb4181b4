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

/** They fit the schema, and ask for more than anyone may. */
const COSTLY = [
  '{ sessions(first: 200) { nodes { agents { messages(first: 200) { nodes { text } } } } } }',
  `{ ${Array.from({ length: 60 }, (_, index) => `a${index}: sessions(first: 1) { totalCount }`).join(' ')} }`,
  `{ ...f0 } ${Array.from({ length: 25 }, (_, index) => `fragment f${index} on Query { ${index < 24 ? `...f${index + 1} ...f${index + 1}` : '__typename'} }`).join(' ')}`,
  'subscription { sessionActivity { ... on SessionChanged { session { agents { messages(last: 200) { nodes { metrics { tools { name } } } } } } } } }',
] as const;

/** They keep conversations there for the others to meet: what is drawn at random deletes them as often as it makes them. */
const USUAL = [
  ...['s0', 's1'].map(
    (sessionId) =>
      `mutation { appendMessages(input: { sessionId: "${sessionId}", agentId: "a0", createIfMissing: true, messages: [{ role: USER, text: "Hello" }] }) { messages { id } } }`,
  ),
  'mutation { appendMessages(input: { sessionId: "s0", agentId: "unheard-of", messages: [{ role: USER, text: "Hello" }] }) { messages { id } } }',
];

/** Fits the schema in almost half of all cases; else its text, its variables or what stands beside them is damaged. */
function operationFor(schema: GraphQLSchema, random: Random): Operation {
  const kind = random.pick(['query', 'query', 'mutation', 'mutation', 'subscription'] as const);
  const operation = validOperation(schema, random, kind);
  if (sometimes(random, 0.01)) return { query: random.pick(COSTLY) };
  if (sometimes(random, 0.04)) return { query: random.pick(USUAL) };
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
