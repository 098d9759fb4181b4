import { identical } from '../bson/compare.js';
import { show } from '../bson/show.js';
import { type Doc, doc, Int32, isDoc, Long, type Value } from '../bson/values.js';
import { ServerError } from '../errors.js';
import { valueAtPath } from '../query/paths.js';
import type { Collection } from '../state/catalog.js';
import { collectionName, type Handler } from './context.js';
import { duplicate, firstDuplicate } from './unique.js';

/** Indexes are kept and checked, and unique ones enforced; no read uses one. */
export const createIndexes: Handler = (command, context) => {
  const { catalog } = context.state;
  const name = collectionName(command, context.database);
  const newer = context.state.since('5.0');
  const wanted = (command.get('indexes') as Doc[]).map((index) => checked(index, newer));
  const automatic = !catalog.find(context.database, name);
  const collection = catalog.findOrCreate(context.database, name);
  const before = collection.indexes.length;
  const added = wanted.filter((index) => isNew(collection, index, newer));
  for (const index of added) checkDocuments(collection, index);
  collection.indexes = [...collection.indexes, ...added];
  return doc({
    createdCollectionAutomatically: added.length > 0 ? automatic : undefined,
    numIndexesBefore: before,
    numIndexesAfter: collection.indexes.length,
    note:
      added.length === wanted.length
        ? undefined
        : added.length === 0
          ? 'all indexes already exist'
          : 'index already exists',
    commitQuorum: added.length > 0 && context.state.replicated ? 'votingMembers' : undefined,
  });
};

function checked(index: Doc, newer: boolean): Doc {
  const refuse = (reason: string, more = ''): ServerError =>
    new ServerError(
      67,
      `Error in specification ${show(index).replace(/ }$/, `${more} }`)} :: caused by :: ${reason}`,
    );
  const key = index.get('key');
  if (!isDoc(key) || key.size === 0) throw refuse('Index keys cannot be empty.');
  for (const path of key.keys()) {
    if (path === '') throw refuse('Index keys cannot be an empty field.');
    const parts = path.split('.');
    if (parts.includes('')) throw refuse('Index keys cannot contain an empty field.');
    if (parts.some((part) => part.startsWith('$') && part !== '$**'))
      throw refuse("Index key contains an illegal field name: field name starts with '$'.");
  }
  if (index.get('name') === '') throw refuse('index name cannot be empty', ', v: 2');
  const named: [string, Value][] = [
    ['key', key],
    ['name', index.get('name') as Value],
  ];
  const options = [...index].filter(([option]) => option !== 'key' && option !== 'name');
  return new Map([['v', new Int32(2)], ...(newer ? [...options, ...named] : [...named, ...options])]);
}

function isNew(collection: Collection, index: Doc, newer: boolean): boolean {
  const sameName = collection.indexes.find((known) => known.get('name') === index.get('name'));
  const sameKey = collection.indexes.find((known) => identical(known.get('key'), index.get('key')));
  const otherwise = sameKey !== undefined && sameKey.get('unique') !== index.get('unique');
  if (newer && sameName && (sameName !== sameKey || otherwise))
    throw new ServerError(
      86,
      `An existing index has the same name as the requested index. When index names are not specified, they are auto generated and can cause conflicts. Please refer to our documentation. Requested index: ${show(index)}, existing index: ${show(sameName)}`,
    );
  if (sameName && sameName !== sameKey)
    throw new ServerError(
      86,
      `Index must have unique name.The existing index: ${show(sameName)} has the same name as the requested index: ${show(index)}`,
    );
  if (!sameKey) return true;
  if (!sameName)
    throw new ServerError(
      85,
      newer
        ? `Index already exists with a different name: ${sameKey.get('name')}`
        : `Index with name: ${index.get('name')} already exists with a different name`,
    );
  if (otherwise)
    throw new ServerError(85, `Index with name: ${index.get('name')} already exists with different options`);
  return false;
}

function checkDocuments(collection: Collection, index: Doc): void {
  const key = index.get('key') as Doc;
  const uuid = collection.uuid.toUUID().toString();
  const prefix = `Index build failed: ${uuid}: Collection ${collection.database}.${collection.name} ( ${uuid} ) :: caused by :: `;
  for (const document of collection.documents.values()) {
    const lists = [...key.keys()].filter((path) => Array.isArray(valueAtPath(document, path.split('.'))));
    if (lists.length > 1) {
      const [a, b] = lists.map((path) => path.split('.').at(-1));
      throw new ServerError(171, `${prefix}cannot index parallel arrays [${b}] [${a}]`);
    }
  }
  if (index.get('unique') !== true) return;
  const keys = firstDuplicate(collection, key);
  if (keys) throw duplicate(collection, index, keys, prefix);
}

export const listIndexes: Handler = (command, { state, database }) => {
  const name = collectionName(command, database);
  const collection = state.catalog.find(database, name);
  if (!collection) throw new ServerError(26, `ns does not exist: ${database}.${name}`);
  return doc({ cursor: doc({ id: Long.ZERO, ns: `${database}.${name}`, firstBatch: collection.indexes }) });
};

export const dropIndexes: Handler = (command, { state, database }) => {
  const collection = state.catalog.find(database, collectionName(command, database));
  if (!collection) throw new ServerError(26, 'ns not found');
  const wanted = command.get('index');
  const before = collection.indexes.length;
  const kept = collection.indexes.filter(
    (index) => index.get('name') === '_id_' || (wanted !== '*' && index.get('name') !== wanted),
  );
  if (wanted !== '*' && kept.length === before)
    throw new ServerError(27, `index not found with name [${wanted}]`);
  collection.indexes = kept;
  return doc({ nIndexesWas: before });
};
