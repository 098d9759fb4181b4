import { type Doc, doc, isDoc, Long } from '../bson/values.js';
import { ServerError } from '../errors.js';
import { compileFilter } from '../query/match.js';
import { collectionName, type Handler } from './context.js';

export const create: Handler = (command, { state, database }) => {
  const name = collectionName(command, database);
  if (state.catalog.find(database, name))
    throw new ServerError(48, `a collection '${database}.${name}' already exists`);
  state.catalog.findOrCreate(database, name);
  return new Map();
};

export const drop: Handler = (command, { state, database }) => {
  const name = collectionName(command, database);
  const collection = state.catalog.find(database, name);
  if (!collection) throw new ServerError(26, 'ns not found');
  state.catalog.drop(collection);
  return doc({ nIndexesWas: collection.indexes.length, ns: `${database}.${name}` });
};

export const dropDatabase: Handler = (_, { state, database }) => {
  const existed = state.catalog.ofDatabase(database).length > 0;
  if (existed) state.catalog.dropDatabase(database);
  return existed && !state.since('5.0') ? doc({ dropped: database }) : new Map();
};

export const renameCollection: Handler = (command, { state }) => {
  const split = (namespace: unknown): [string, string] => {
    const [database, ...rest] = String(namespace).split('.');
    return [database as string, rest.join('.')];
  };
  const [database, name] = split(command.get('renameCollection'));
  const [toDatabase, toName] = split(command.get('to'));
  const collection = state.catalog.find(database, name);
  if (!collection) throw new ServerError(26, `Source collection ${database}.${name} does not exist`);
  if (state.catalog.find(toDatabase, toName) && command.get('dropTarget') !== true)
    throw new ServerError(48, 'target namespace exists');
  state.catalog.rename(collection, toDatabase, toName);
  return new Map();
};

export const listCollections: Handler = (command, { state, database }) => {
  const filter = command.get('filter');
  const passes = compileFilter(isDoc(filter) ? filter : new Map());
  const all = state.catalog.ofDatabase(database).map(
    (collection): Doc =>
      doc({
        name: collection.name,
        type: 'collection',
        options: new Map(),
        info: doc({ readOnly: false, uuid: collection.uuid }),
        idIndex: collection.indexes[0],
      }),
  );
  return doc({
    cursor: doc({
      id: Long.ZERO,
      ns: `${database}.$cmd.listCollections`,
      firstBatch: all.filter((document) => passes(document)),
    }),
  });
};
