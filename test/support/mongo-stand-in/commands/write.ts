import { sizeOf } from '../bson/encode.js';
import { show } from '../bson/show.js';
import { type Doc, doc, Int32, isDoc, isTruthy, type Maybe, toNumber, type Value } from '../bson/values.js';
import { ServerError } from '../errors.js';
import { type Collection, idKey } from '../state/catalog.js';
import type { Operation } from '../state/oplog.js';
import type { StatementResult } from '../state/sessions.js';
import { checkSize, MOST_DOCUMENT_BYTES } from '../update/update.js';
import { compileUpdate } from '../update/update-document.js';
import { withId } from '../update/upsert-base.js';
import { type CommandContext, collectionName, type Handler } from './context.js';
import { matching } from './read.js';
import { checkNamesShard } from './shard-key.js';
import { listOf, runStatements } from './statements.js';
import { checkUnique } from './unique.js';

/** Stores what became of a document, and logs it. */
export function store(
  collection: Collection,
  document: Doc,
  operation: Operation,
  { state }: CommandContext,
): void {
  collection.documents.set(idKey(document.get('_id')), document);
  log(collection, operation, state);
}

function log(collection: Collection, operation: Operation, { oplog }: CommandContext['state']): void {
  oplog.append({
    database: collection.database,
    collection: collection.name,
    uuid: collection.uuid,
    operation,
  });
}

function insertDocument(collection: Collection, document: Doc, context: CommandContext): void {
  const id = document.get('_id') ?? null;
  if (collection.documents.has(idKey(id))) throw duplicateId(collection, id);
  checkUnique(collection, document, undefined);
  store(collection, document, { kind: 'insert', id, document }, context);
}

const duplicateId = (collection: Collection, id: Value): ServerError =>
  new ServerError(
    11000,
    `E11000 duplicate key error collection: ${collection.database}.${collection.name} index: _id_ dup key: { _id: ${show(id)} }`,
    [],
    { keyPattern: new Map([['_id', new Int32(1)]]), keyValue: new Map([['_id', id]]) },
  );

const NONE: StatementResult = { n: 0, modified: 0, upserted: undefined };

export const insert: Handler = (command, context) => {
  const name = collectionName(command, context.database);
  const collection = context.state.catalog.findOrCreate(context.database, name);
  const { n, errors } = runStatements(
    command,
    listOf(command, 'documents'),
    (document) => {
      checkInsertable(document);
      insertDocument(collection, withId(document), context);
      return { n: 1, modified: 0, upserted: undefined };
    },
    context,
  );
  return doc({ n, writeErrors: errors.length ? errors : undefined });
};

function checkInsertable(document: Doc): void {
  const size = sizeOf(document);
  if (size > MOST_DOCUMENT_BYTES)
    throw new ServerError(
      2,
      `object to insert too large. size in bytes: ${size}, max size: ${MOST_DOCUMENT_BYTES}`,
    );
  for (const key of document.keys())
    if (key.startsWith('$')) throw new ServerError(2, `Document can't have $ prefixed field names: ${key}`);
}

const UPDATE_FIELDS = new Set(
  'update updates ordered bypassDocumentValidation let comment writeConcern readConcern maxTimeMS lsid txnNumber stmtId stmtIds autocommit startTransaction'.split(
    ' ',
  ),
);

export const update: Handler = (command, context) => {
  for (const key of command.keys())
    if (!UPDATE_FIELDS.has(key) && !key.startsWith('$'))
      throw new ServerError(40415, `BSON field 'update.${key}' is an unknown field.`);
  const name = collectionName(command, context.database);
  const { n, modified, upserted, errors } = runStatements(
    command,
    listOf(command, 'updates'),
    (statement) => updateStatement(name, statement, context),
    context,
  );
  return doc({
    n,
    nModified: modified,
    upserted: upserted.length ? upserted : undefined,
    writeErrors: errors.length ? errors : undefined,
  });
};

function updateStatement(name: string, statement: Doc, context: CommandContext): StatementResult {
  const { catalog } = context.state;
  const filter = statement.get('q') as Doc;
  const u = statement.get('u') as Value;
  const multi = statement.get('multi') === true;
  if (!multi || isTruthy(statement.get('upsert'))) checkNamesShard('update', filter, context);
  const change = compileUpdate(u, statement.get('arrayFilters'), context.state.since);
  if (multi && isDoc(u) && !u.keys().next().value?.startsWith('$'))
    throw new ServerError(9, 'multi update is not supported for replacement-style update');
  const collection = catalog.find(context.database, name);
  const found = matching(collection, filter, multi ? Number.POSITIVE_INFINITY : 1);
  if (found.length === 0) {
    if (!isTruthy(statement.get('upsert'))) return NONE;
    return {
      n: 1,
      modified: 0,
      upserted: upsert(catalog.findOrCreate(context.database, name), change.create(filter), context),
    };
  }
  let modified = 0;
  for (const { document, details } of found) {
    const result = change.apply(document, details.index);
    if (!result) continue;
    checkUnique(collection as Collection, result.document, document);
    store(collection as Collection, result.document, result.operation, context);
    modified += 1;
  }
  return { n: found.length, modified, upserted: undefined };
}

export function upsert(collection: Collection, document: Doc, context: CommandContext): Value {
  checkSize(document, 17420, 'Document to upsert is larger than');
  insertDocument(collection, document, context);
  return document.get('_id') as Value;
}

export const remove: Handler = (command, context) => {
  const name = collectionName(command, context.database);
  const { n, errors } = runStatements(
    command,
    listOf(command, 'deletes'),
    (statement) => {
      const collection = context.state.catalog.find(context.database, name);
      const filter = statement.get('q') as Doc;
      const limit = toNumber(statement.get('limit'));
      if (limit === 1) checkNamesShard('delete', filter, context);
      const found = matching(collection, filter, limit || Number.POSITIVE_INFINITY);
      for (const { document } of found)
        deleteDocument(collection as Collection, document.get('_id'), context);
      return { n: found.length, modified: 0, upserted: undefined };
    },
    context,
  );
  return doc({ n, writeErrors: errors.length ? errors : undefined });
};

export function deleteDocument(collection: Collection, id: Maybe, { state }: CommandContext): void {
  collection.documents.delete(idKey(id));
  log(collection, { kind: 'delete', id: id ?? null }, state);
}
