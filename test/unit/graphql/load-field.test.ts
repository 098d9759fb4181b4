import { buildSchema, execute, type GraphQLFieldResolver, parse } from 'graphql';
import { expect, it } from 'vitest';
import { loadField } from '../../../src/graphql/load-field.js';

const schema = buildSchema(`
  type Query { one: Node  other: Node  list: [Node]  named: Named  name: String }
  interface Named { name: String }
  type Node implements Named { name: String  one: Node  other: Node  list: [Node]  named: Named }
`);

/** The fields of an operation that were loaded alone, by their names. */
async function alone(query: string, operationName?: string): Promise<string[]> {
  const names: string[] = [];
  const node = { name: 'n', __typename: 'Node' };
  const fieldResolver: GraphQLFieldResolver<unknown, unknown> = (source, _args, _context, info) => {
    const name = info.fieldName;
    if (name === 'name') return (source as typeof node | undefined)?.name ?? 'root';
    const value = name === 'list' ? [node] : node;
    const loader = {
      load: async () => value,
      loadAlone: () => {
        names.push(name);
        return value;
      },
      clearAll() {},
    };
    return loadField(loader, name, info);
  };
  const { errors } = await execute({ schema, document: parse(query), operationName, fieldResolver });
  expect(errors).toBeUndefined();
  return names;
}

it('a field is loaded alone as long as no other is there that has fields', async () => {
  expect(await alone('{ name one { name } }')).toEqual(['one']);
  expect(await alone('{ one { name list { name } } }')).toEqual(['one', 'list']);
  expect(await alone('{ ...F } fragment F on Query { one { ... on Node { other { name } } } }')).toEqual([
    'one',
    'other',
  ]);
});

it('a field is joined with others beside it, whatever their conditions say, and with its own second name', async () => {
  expect(await alone('{ one { name } other { name } }')).toEqual([]);
  expect(await alone('{ a: one { name } b: one { name } }')).toEqual([]);
  expect(await alone('{ one { name } one { name } }')).toEqual([]);
  expect(await alone('{ one { name } other @skip(if: true) { name } }')).toEqual([]);
  expect(await alone('{ one { one { name } other { name } } }')).toEqual(['one']);
});

it('a field of many objects is joined, and one of an object whose type is not known before', async () => {
  expect(await alone('{ list { one { name } } }')).toEqual(['list']);
  expect(await alone('{ named { ... on Node { one { name } } } }')).toEqual(['named']);
});

it('what one operation of a document may, another may not have to', async () => {
  const document =
    'query A { one { ...F } } query B { one { ...F } other { ...F } } fragment F on Node { one { name } }';
  expect(await alone(document, 'A')).toEqual(['one', 'one']);
  expect(await alone(document, 'B')).toEqual([]);
});
