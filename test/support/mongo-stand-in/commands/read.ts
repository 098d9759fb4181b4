import { compare } from '../bson/compare.js';
import { show } from '../bson/show.js';
import { BSONRegExp, type Doc, doc, Int32, isDoc, Long, type Maybe, type Value } from '../bson/values.js';
import { ServerError } from '../errors.js';
import type { Since } from '../options.js';
import { compileFilter, type MatchDetails } from '../query/match.js';
import { compileProjection } from '../query/projection.js';
import { sortDocuments } from '../query/sort.js';
import { type Collection, idKey } from '../state/catalog.js';
import { collectionName, type Handler, optionalNumber } from './context.js';
import { FIRST_BATCH, openCursor } from './cursor.js';

export interface Matched {
  document: Doc;
  details: MatchDetails;
}

/** The documents that pass the filter: in the order of their ids where the filter is about ids, else as they were stored. */
export function matching(
  collection: Collection | undefined,
  filter: Doc,
  most = Number.POSITIVE_INFINITY,
): Matched[] {
  const passes = compileFilter(filter);
  const found: Matched[] = [];
  for (const document of candidates(collection, filter.get('_id'))) {
    const details: MatchDetails = {};
    if (!passes(document, details)) continue;
    found.push({ document, details });
    if (found.length >= most) break;
  }
  return found;
}

function candidates(collection: Collection | undefined, id: Maybe): Iterable<Doc> {
  if (!collection) return [];
  if (id === undefined || id instanceof BSONRegExp) return collection.documents.values();
  const operators = isDoc(id) ? id : undefined;
  const listed = operators?.get('$in');
  const wanted = Array.isArray(listed) ? listed.toSorted(compare) : operators ? undefined : [id];
  if (!wanted) return [...collection.documents.values()].sort((a, b) => compare(a.get('_id'), b.get('_id')));
  const keys = new Set(wanted.map(idKey));
  return [...keys].flatMap((key) => collection.documents.get(key) ?? []);
}

export function filterOf(command: Doc, field: string, since: Since): Doc {
  const filter = command.get(field) ?? new Map();
  if (!isDoc(filter) && since('5.0'))
    // The server's own words, without the blank that they lack.
    throw new ServerError(14, `Expected field ${field}to be of type object`);
  if (!isDoc(filter))
    throw new ServerError(
      9,
      `Failed to parse: ${field}: ${show(filter)}. '${field}' field must be of BSON type object.`,
    );
  return filter;
}

const FIND_OPTIONS = new Set(
  'find filter sort projection hint skip limit batchSize singleBatch comment maxTimeMS readConcern max min returnKey showRecordId tailable oplogReplay noCursorTimeout awaitData allowPartialResults collation allowDiskUse let ntoreturn lsid txnNumber autocommit startTransaction'.split(
    ' ',
  ),
);

export const find: Handler = (command, context) => {
  const { since } = context.state;
  const name = collectionName(command, context.database);
  for (const key of command.keys())
    if (!FIND_OPTIONS.has(key) && !key.startsWith('$'))
      throw since('5.0')
        ? new ServerError(40415, `BSON field 'FindCommandRequest.${key}' is an unknown field.`)
        : new ServerError(9, `Failed to parse: ${show(command)}. Unrecognized field '${key}'.`);
  const batchSize = optionalNumber(command, 'batchSize');
  if (batchSize !== undefined && batchSize < 0 && since('5.0'))
    throw new ServerError(51024, `BSON field 'batchSize' value must be >= 0, actual value '${batchSize}'`);
  if (batchSize !== undefined && batchSize < 0)
    throw new ServerError(2, `BatchSize value must be non-negative, but received: ${batchSize}`);
  const collection = context.state.catalog.find(context.database, name);
  const namespace = `${context.database}.${name}`;
  const filter = filterOf(command, 'filter', since);
  const project = projectionOf(command.get('projection'));
  const found = matching(collection, filter);
  if (!collection) return doc({ cursor: doc({ id: Long.ZERO, ns: namespace, firstBatch: [] }) });

  const sort = command.get('sort');
  const details = new Map(found.map((match) => [match.document, match.details]));
  const documents = found.map((match) => match.document);
  const ordered = sort === undefined ? documents : sortDocuments(documents, sort);
  const skip = optionalNumber(command, 'skip') ?? 0;
  const limit = Math.abs(optionalNumber(command, 'limit') ?? 0) || ordered.length;
  // From 5.0 on it only learns by asking for more that there is none.
  const limited = !since('5.0') && command.has('limit') && skip + limit <= ordered.length;
  const page = ordered.slice(skip, skip + limit).map((document) => project(document, details.get(document)));
  return openCursor(
    page,
    namespace,
    { batchSize: batchSize ?? FIRST_BATCH, singleBatch: command.get('singleBatch') === true, limited },
    context,
  );
};

export function projectionOf(specification: Maybe): (document: Doc, details?: MatchDetails) => Doc {
  if (!isDoc(specification) || specification.size === 0) return (document) => document;
  return compileProjection(specification, true);
}

export const count: Handler = (command, context) => {
  const collection = context.state.catalog.find(context.database, collectionName(command, context.database));
  const limit = optionalNumber(command, 'limit') || Number.POSITIVE_INFINITY;
  const skip = optionalNumber(command, 'skip') ?? 0;
  const found = matching(collection, filterOf(command, 'query', context.state.since)).length;
  return doc({ n: new Int32(Math.min(Math.max(0, found - skip), limit)) });
};

export const distinct: Handler = (command, context) => {
  const collection = context.state.catalog.find(context.database, collectionName(command, context.database));
  const path = String(command.get('key')).split('.');
  const values: Value[] = [];
  for (const { document } of matching(collection, filterOf(command, 'query', context.state.since))) {
    const value = path.reduce<Maybe>((inner, part) => (isDoc(inner) ? inner.get(part) : undefined), document);
    for (const item of Array.isArray(value) ? value : [value])
      if (item !== undefined && !values.some((known) => compare(known, item) === 0)) values.push(item);
  }
  return doc({ values: values.sort(compare) });
};
