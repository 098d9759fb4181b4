import { buildSchema, execute, type GraphQLFieldResolver, parse } from 'graphql';
import { expect, it } from 'vitest';
import { loadField } from '../../../src/graphql/loading/load-field.js';
import { createLoaders, type LoaderSources } from '../../../src/graphql/loading/loaders.js';

const schema = buildSchema(`
  type Query { session: Session  other: Session  node: Session  name: String }
  type Session { name: String  session: Session  agents: [Session]  agent: Session }
`);

/** The fields of an operation that were loaded alone, by their names. */
async function alone(query: string, operationName?: string): Promise<string[]> {
  const names: string[] = [];
  const object = { name: 'n' };
  const fieldResolver: GraphQLFieldResolver<unknown, unknown> = (_source, _args, _context, info) => {
    const name = info.fieldName;
    if (name === 'name') return 'n';
    const value = name === 'agents' ? [object] : object;
    const loader = {
      load: async () => value,
      loadAlone: () => {
        names.push(name);
        return value;
      },
      clearAll() {},
    };
    return loadField(loader, undefined, info, () => [name]);
  };
  const { errors } = await execute({ schema, document: parse(query), operationName, fieldResolver });
  expect(errors).toBeUndefined();
  return names;
}

it('a field is loaded alone where no other is loaded by its loader', async () => {
  expect(await alone('{ name session { name } }')).toEqual(['session']);
  expect(await alone('{ session { name agents { name } } }')).toEqual(['session', 'agents']);
  expect(await alone('{ session { agent { name } } other { name } }')).toEqual(['session', 'agent', 'other']);
  expect(
    await alone('{ ...F } fragment F on Query { session { ... on Session { agent { name } } } }'),
  ).toEqual(['session', 'agent']);
});

it('a field is joined with others of its loader, wherever they stand and whatever their conditions say', async () => {
  expect(await alone('{ a: session { name } b: session { name } }')).toEqual([]);
  expect(await alone('{ session { name } session { name } }')).toEqual([]);
  expect(await alone('{ session { agents { name } agent @skip(if: true) { name } } }')).toEqual(['session']);
  expect(await alone('{ session { agents { name } } other { agents { name } } }')).toEqual([
    'session',
    'other',
  ]);
  expect(
    await alone('{ session { ...F } other { ...F } } fragment F on Session { agents { name } }'),
  ).toEqual(['session', 'other']);
  expect(await alone('{ session { agents { name } } node { name } }')).toEqual([]);
});

it('what one operation of a document may, another may not have to', async () => {
  const document =
    'query A { session { ...F } } query B { session { ...F } other { ...F } } fragment F on Session { agent { name } }';
  expect(await alone(document, 'A')).toEqual(['session', 'agent']);
  expect(await alone(document, 'B')).toEqual(['session', 'other']);
});

type Service = LoaderSources['service'];
const [one, two] = [{ sessionId: 'one' }, { sessionId: 'two' }];
const keysOf = (sessions: readonly { sessionId: string }[]) =>
  sessions.map(({ sessionId }) => ({ sessionId, parts: [] }));

/** Loaders on a service that notes which sessions it was asked for. */
function stage(loadSessions: (ids: readonly string[]) => ReturnType<Service['loadSessions']>) {
  const asked: string[][] = [];
  const service = {
    loadSessions: (ids: readonly string[]) => {
      asked.push([...ids]);
      return loadSessions(ids);
    },
  } as Service;
  const loaders = createLoaders({ service, replies: {} as LoaderSources['replies'] });
  loaders.list([one, two]);
  return { asked, loaders };
}
const named = (ids: readonly string[]) =>
  ids.map((sessionId) => ({ sessionId })) as Awaited<ReturnType<Service['loadSessions']>>;

it('what is asked for of one of a list is loaded of all of it, and at hand of the others', () => {
  const { asked, loaders } = stage(named);
  expect(loaders.session.loadAlone(two, keysOf)).toEqual(two);
  expect(loaders.session.loadAlone(one, keysOf)).toEqual(one);
  expect(asked).toEqual([['one', 'two']]);
  expect(loaders.session.loadAlone({ sessionId: 'of no list' }, keysOf)).toEqual({ sessionId: 'of no list' });
  expect(asked).toEqual([['one', 'two'], ['of no list']]);
});

it('what has failed has failed for each of the list, and is loaded once', async () => {
  for (const fail of [
    () => {
      throw new Error('gone');
    },
    () => Promise.reject(new Error('gone')),
  ]) {
    const { asked, loaders } = stage(fail);
    await expect(loaders.session.loadAlone(one, keysOf)).rejects.toThrow('gone');
    await expect(loaders.session.loadAlone(two, keysOf)).rejects.toThrow('gone');
    expect(asked).toHaveLength(1);
  }
});

it('after a write it is loaded again', () => {
  const { asked, loaders } = stage(named);
  void loaders.session.loadAlone(one, keysOf);
  loaders.session.clearAll();
  void loaders.session.loadAlone(one, keysOf);
  expect(asked).toHaveLength(2);
});
