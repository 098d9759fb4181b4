import { makeExecutableSchema } from '@graphql-tools/schema';
import { JsonText } from '../../../src/domain/json/json-text.js';
import type { SeededRandom } from '../../support/seeded-random.js';

const FIELDS = `
  id: Int!
  name: String
  surely: String!
  number(times: Int = 2, of: In, among: [Int!]): Float
  size: Int
  yes: Boolean
  kind: Kind
  any: Any
  names: [String]
  all: [String!]!
  one: Node
  must: Node!
  nodes: [Node]
  every: [Node!]!
  grid: [[Node]]
  thing: Thing
  things: [Thing!]
  named: Named
`;
/** Every kind of field, of which some fail, give nothing, or take their time. */
export const schema = makeExecutableSchema({
  typeDefs: `
    scalar Any
    enum Kind { GOOD BAD }
    input In { value: Int! = 3, label: String }
    interface Named { name: String }
    type Node implements Named { ${FIELDS} }
    type Leaf implements Named { name: String  word: String! }
    union Thing = Node | Leaf
    type Query { ${FIELDS} }
    type Mutation { ${FIELDS} }
  `,
  resolvers: {
    Kind: { GOOD: 'good', BAD: 'bad' },
    Named: { __resolveType: typeOf },
    Thing: { __resolveType: typeOf },
    ...Object.fromEntries(['Query', 'Mutation', 'Node'].map((type) => [type, troubled()])),
    Leaf: { word: ({ id }: Source) => outcome(id, 'word', () => `word ${id}`) },
  },
});

interface Source {
  id: number;
  name?: unknown;
}

function typeOf({ id }: Source) {
  return id % 3 === 0 ? 'Leaf' : 'Node';
}

/** What becomes of a field is decided by where it stands: both executions meet the same. */
function chance(id: number, field: string): number {
  let hash = id * 2_654_435_761;
  for (const letter of field) hash = Math.imul(hash ^ letter.charCodeAt(0), 16_777_619);
  return (hash >>> 8) % 100;
}

async function later<T>(make: () => T): Promise<T> {
  await null;
  return make();
}

function outcome(id: number, field: string, value: () => unknown): unknown {
  const found = chance(id, field);
  const failing = () => {
    throw new Error(`${field} of ${id} failed`);
  };
  if (found < 4) return failing();
  if (found < 8) return null;
  if (found < 11) return new Error(`${field} of ${id} is an error`);
  if (found < 15) return later(failing);
  if (found < 18) return later(() => null);
  if (found < 21) return undefined;
  return found < 45 ? later(value) : value();
}

const child = (id: number, place: number): Source => ({ id: (id * 5 + place) % 9_973, name: `n"${id}\n` });

function troubled() {
  const field =
    (name: string, value: (id: number, args: unknown) => unknown) =>
    (source: Source | undefined, args: unknown) => {
      const id = source?.id ?? 1;
      return outcome(id, name, () => value(id, args));
    };
  const children = (id: number) => [child(id, 1), null, child(id, 2), later(() => child(id, 4))];
  return {
    id: (source: Source | undefined) => source?.id ?? 1,
    name: field('name', (id) =>
      id % 2 ? `"é\u2028${id}\ud800` : new JsonText(JSON.stringify(`text\n${id}`)),
    ),
    surely: field('surely', (id) => `s${id}`),
    number: field('number', (id, args) => JSON.stringify(args).length + id / 8),
    size: field('size', (id) => (id % 5 === 0 ? 'no number' : -id % 7)),
    yes: field('yes', (id) => id % 2 === 0),
    kind: field('kind', (id) => ['good', 'bad', 'neither'][id % 3]),
    any: field('any', (id) => ({ id, __proto: [null, { a: 1.5, at: new Date(id) }], '2': 'b', '1': 'a' })),
    names: field('names', (id) => new Set(['a', null, String(id)])),
    all: field('all', (id) => (id % 4 ? ['x', later(() => 'y')] : ['x', null])),
    one: field('one', (id) => child(id, 1)),
    must: field('must', (id) => child(id, 2)),
    nodes: field('nodes', children),
    every: field('every', (id) => (id % 3 ? [child(id, 3), child(id, 5)] : children(id))),
    grid: field('grid', (id) => [[child(id, 6)], null, [], 'no list']),
    thing: field('thing', (id) => child(id, 7)),
    things: field('things', (id) => [child(id, 8), child(id, 9), child(id, 10)]),
    named: field('named', (id) => child(id, 11)),
  };
}

/** Documents with fragments, aliases, conditions and variables. What the schema forbids is left out by validation. */
export function randomDocument(random: SeededRandom): string {
  const declared = new Set<string>();
  const fragments: string[] = [];
  const composite: Record<string, string> = {
    one: 'Node',
    must: 'Node',
    nodes: 'Node',
    every: 'Node',
    grid: 'Node',
    thing: 'Thing',
    things: 'Thing',
    named: 'Named',
  };
  const plain = [
    'id',
    'name',
    'surely',
    'number',
    'size',
    'yes',
    'kind',
    'any',
    'names',
    'all',
    '__typename',
  ];
  const variable = (declaration: string) => {
    declared.add(declaration);
    return declaration.slice(0, declaration.indexOf(':'));
  };
  const condition = () => {
    if (random.next() > 0.12) return '';
    const value = random.pick([
      'true',
      'false',
      variable('$on: Boolean!'),
      variable('$off: Boolean = false'),
    ]);
    return ` @${random.pick(['skip', 'include'])}(if: ${value})`;
  };
  const args = () =>
    random.pick([
      '',
      '(times: 4)',
      '(times: null, among: [1, 2])',
      `(times: ${variable('$times: Int')})`,
      `(of: {value: ${variable('$value: Int! = 6')}, label: "l"})`,
      `(of: ${variable('$of: In')})`,
    ]);
  const selection = (type: string, depth: number): string => {
    const parts: string[] = [];
    for (let count = random.between(1, 4); count > 0; count--) {
      const kind = random.next();
      if (kind < 0.14 && depth > 0) {
        const on = random.pick(['Node', 'Leaf', 'Named', 'Thing', type]);
        parts.push(`...${random.pick([` on ${on}`, ''])}${condition()} ${selection(on, depth - 1)}`);
      } else if (kind < 0.22 && depth > 0) {
        const name = `F${fragments.length}`;
        fragments.push('');
        const on = random.pick([type, 'Named', 'Node']);
        fragments[Number(name.slice(1))] = `fragment ${name} on ${on} ${selection(on, depth - 1)}`;
        parts.push(`...${name}${condition()}`, ...(random.next() < 0.3 ? [`...${name}`] : []));
      } else if (type === 'Thing' || (type === 'Named' && kind < 0.5)) parts.push('__typename');
      else if (type === 'Named') parts.push(`name${condition()}`);
      else if (type === 'Leaf') parts.push(`${random.pick(['name', 'word', '__typename'])}${condition()}`);
      else if (depth > 0 && kind < 0.6) {
        const name = random.pick(Object.keys(composite));
        const alias = random.next() < 0.2 ? `${random.pick(['x', '__proto__', 'constructor'])}: ` : '';
        parts.push(`${alias}${name}${condition()} ${selection(composite[name] as string, depth - 1)}`);
      } else {
        const name = random.pick(plain);
        const alias = random.next() < 0.3 ? `${random.pick(['a', 'b', 'then', '__proto__'])}: ` : '';
        parts.push(`${alias}${name}${name === 'number' ? args() : ''}${condition()}`);
      }
    }
    return `{ ${parts.join(' ')} }`;
  };
  const [kind, type] = random.pick([
    ['query', 'Query'],
    ['mutation', 'Mutation'],
  ] as const);
  const body = selection(type, 4);
  const introspection =
    kind === 'query' && random.next() < 0.1
      ? ' { __schema { queryType { name } types { kind name } } }'
      : body;
  const head = declared.size > 0 ? `(${[...declared].join(', ')})` : '';
  return `${kind}${introspection === body ? ` O${head}` : ''} ${introspection} ${introspection === body ? fragments.join(' ') : ''}`;
}

export const randomVariables = (random: SeededRandom): Record<string, unknown> => ({
  on: random.pick([true, false]),
  ...random.pick([{}, { off: true }, { off: null }]),
  ...random.pick([{}, { times: 7 }, { times: null }, { times: 'many' }]),
  ...random.pick([{}, { value: 9 }, { of: { label: 'x' } }, { of: { value: 1, extra: 2 } }, { of: null }]),
});
