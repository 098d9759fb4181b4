import { type Doc, doc, isDoc, isTruthy, type Value } from '../bson/values.js';
import { ServerError } from '../errors.js';
import { sortDocuments } from '../query/sort.js';
import type { Collection } from '../state/catalog.js';
import { compileUpdate } from '../update/update-document.js';
import { type CommandContext, collectionName, type Handler } from './context.js';
import { during } from './during.js';
import { filterOf, matching, projectionOf } from './read.js';
import { checkNamesShard } from './shard-key.js';
import { numbered } from './statements.js';
import { deleteDocument, store, upsert } from './write.js';

/** One document changed or removed and given back. A repeated numbered one answers the whole document: no projection. */
export const findAndModify: Handler = (command, context) => {
  const name = collectionName(command, context.database);
  const done = numbered(command, context);
  const before = done?.get(0)?.reply;
  if (before) return before;
  checkNamesShard('findAndModify', filterOf(command, 'query', context.state.since), context);
  const { whole, value, last } =
    command.get('remove') === true ? removed(name, command, context) : updated(name, command, context);
  const project = projectionOf(command.get('fields'));
  if (done)
    done.set(0, {
      n: 1,
      modified: 1,
      upserted: undefined,
      reply: doc({ lastErrorObject: last, value: whole }),
    });
  return doc({ lastErrorObject: last, value: value ? project(value) : null });
};

interface Outcome {
  whole: Doc | null;
  value: Doc | null;
  last: Doc;
}

function firstMatch(name: string, command: Doc, { state, database }: CommandContext) {
  const { since } = state;
  const collection = state.catalog.find(database, name);
  const sort = command.get('sort');
  const found = matching(
    collection,
    filterOf(command, 'query', since),
    isDoc(sort) ? Number.POSITIVE_INFINITY : 1,
  );
  if (!isDoc(sort)) return { collection, match: found[0] };
  const [first] = sortDocuments(
    found.map(({ document }) => document),
    sort,
  );
  return { collection, match: found.find(({ document }) => document === first) };
}

function removed(name: string, command: Doc, context: CommandContext): Outcome {
  const { collection, match } = firstMatch(name, command, context);
  if (!match) return { whole: null, value: null, last: doc({ n: 0 }) };
  deleteDocument(collection as Collection, match.document.get('_id'), context);
  return { whole: match.document, value: match.document, last: doc({ n: 1 }) };
}

function updated(name: string, command: Doc, context: CommandContext): Outcome {
  const u = command.get('update');
  if (u === undefined) throw new ServerError(9, 'Either an update or remove=true must be specified');
  const { since } = context.state;
  const change = compileUpdate(u as Value, command.get('arrayFilters'), since);
  const givesNew = isTruthy(command.get('new'));
  const { collection, match } = firstMatch(name, command, context);
  if (match) {
    const result = during('Plan executor error during findAndModify', since, () =>
      change.apply(match.document, match.details.index),
    );
    if (result) store(collection as Collection, result.document, result.operation, context);
    const value = givesNew ? (result?.document ?? match.document) : match.document;
    return { whole: value, value, last: doc({ n: 1, updatedExisting: true }) };
  }
  if (!isTruthy(command.get('upsert')))
    return { whole: null, value: null, last: doc({ n: 0, updatedExisting: false }) };
  const document = change.create(filterOf(command, 'query', since));
  const id = upsert(context.state.catalog.findOrCreate(context.database, name), document, context);
  return {
    whole: givesNew ? document : null,
    value: givesNew ? document : null,
    last: doc({ n: 1, updatedExisting: false, upserted: id }),
  };
}
