import { randomUUID } from 'node:crypto';
import { encode } from '../bson/encode.js';
import {
  Binary,
  type Doc,
  Int32,
  isNumber,
  type Maybe,
  ObjectId,
  toNumber,
  type Value,
} from '../bson/values.js';
import { ServerError } from '../errors.js';
import type { Oplog } from './oplog.js';

export interface Collection {
  database: string;
  name: string;
  uuid: Binary;
  /** By the text of their _id, in the order in which they were inserted. */
  documents: Map<string, Doc>;
  indexes: Doc[];
}

/** All collections. Creating, dropping and renaming goes to the oplog. */
export interface Catalog {
  find(database: string, name: string): Collection | undefined;
  findByUuid(uuid: Binary): Collection | undefined;
  findOrCreate(database: string, name: string): Collection;
  ofDatabase(database: string): Collection[];
  drop(collection: Collection): void;
  dropDatabase(database: string): void;
  rename(collection: Collection, database: string, name: string): void;
  /** All of it as it is now: called, it is so again. */
  remember(): () => void;
}

const ID_INDEX: Doc = new Map<string, Value>([
  ['v', new Int32(2)],
  ['key', new Map([['_id', new Int32(1)]])],
  ['name', '_id_'],
]);

/** The key of an _id: equal for ids that the server takes for the same, such as 1 and 1.0. */
export function idKey(id: Maybe): string {
  if (typeof id === 'string') return `s${id}`;
  if (id instanceof ObjectId) return `o${id.toHexString()}`;
  if (isNumber(id)) return `n${toNumber(id)}`;
  return `x${encode(new Map([['', id ?? null]])).toString('latin1')}`;
}

export function createCatalog(oplog: Oplog): Catalog {
  const collections = new Map<string, Collection>();
  const keyOf = (database: string, name: string) => `${database}.${name}`;

  return {
    remember() {
      const kept = [...collections].map(([key, collection]) => ({
        key,
        collection,
        as: { ...collection, documents: new Map(collection.documents), indexes: [...collection.indexes] },
      }));
      return () => {
        collections.clear();
        for (const { key, collection, as } of kept) collections.set(key, Object.assign(collection, as));
      };
    },
    find: (database, name) => collections.get(keyOf(database, name)),
    findByUuid: (uuid) => [...collections.values()].find((collection) => collection.uuid === uuid),
    findOrCreate(database, name) {
      const known = collections.get(keyOf(database, name));
      if (known) return known;
      if (name === '') throw new ServerError(73, `Invalid namespace specified '${database}.'`);
      const uuid = new Binary(Buffer.from(randomUUID().replaceAll('-', ''), 'hex'), Binary.SUBTYPE_UUID);
      const created: Collection = { database, name, uuid, documents: new Map(), indexes: [ID_INDEX] };
      collections.set(keyOf(database, name), created);
      oplog.append({ database, collection: '$cmd', uuid, operation: { kind: 'noop' } });
      return created;
    },
    ofDatabase: (database) =>
      [...collections.values()].filter((collection) => collection.database === database),
    drop(collection) {
      collections.delete(keyOf(collection.database, collection.name));
      oplog.append({
        database: collection.database,
        collection: collection.name,
        uuid: collection.uuid,
        operation: { kind: 'drop' },
      });
    },
    dropDatabase(database) {
      for (const collection of this.ofDatabase(database)) this.drop(collection);
      oplog.append({ database, collection: '$cmd', uuid: undefined, operation: { kind: 'dropDatabase' } });
    },
    rename(collection, database, name) {
      const target = collections.get(keyOf(database, name));
      collections.delete(keyOf(collection.database, collection.name));
      const entry = {
        database: collection.database,
        collection: collection.name,
        uuid: collection.uuid,
        operation: { kind: 'rename' as const, to: keyOf(database, name), dropped: target?.uuid },
      };
      collection.database = database;
      collection.name = name;
      collections.set(keyOf(database, name), collection);
      oplog.append(entry);
    },
  };
}
