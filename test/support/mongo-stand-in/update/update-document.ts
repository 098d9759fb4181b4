import { equal, identical } from '../bson/compare.js';
import { sizeOf } from '../bson/encode.js';
import { show } from '../bson/show.js';
import { type Doc, isDoc, type Maybe, ObjectId, type Value } from '../bson/values.js';
import { ServerError } from '../errors.js';
import { compileFilter } from '../query/match.js';
import { compilePipeline, type Stage, type StageSources } from '../query/stages.js';
import type { Operation } from '../state/oplog.js';
import { applyUpdate } from './apply-update.js';
import { describeAsDifference, describeByPaths } from './describe-update.js';
import { difference } from './difference.js';
import { hasOperators, parseUpdate, usedIdentifiers } from './parse-update.js';
import { checkStorable } from './storable.js';

export const MOST_DOCUMENT_BYTES = 16 * 1024 * 1024;

export interface Update {
  /** What a document becomes; undefined where nothing changes. `position` is the element that the filter matched. */
  apply(document: Doc, position: number | undefined): { document: Doc; operation: Operation } | undefined;
  /** The document that an upsert inserts where the filter matches none. */
  create(filter: Doc): Doc;
}

const UPDATE_STAGES = new Set(['$set', '$addFields', '$unset', '$project', '$replaceRoot', '$replaceWith']);

/** An update as one statement gives it: operators, a whole document, or a pipeline. Refusals that need no document come here. */
export function compileUpdate(u: Value, arrayFilters: Value | undefined, newer: boolean): Update {
  if (Array.isArray(u)) return pipelineUpdate(u, newer);
  if (!isDoc(u)) throw new ServerError(9, 'Update argument must be either an object or an array');
  return hasOperators(u) ? operatorUpdate(u, arrayFilters, newer) : replacement(u, newer);
}

function operatorUpdate(u: Doc, arrayFilters: Value | undefined, newer: boolean): Update {
  const filters = identifiedFilters(arrayFilters);
  const used = usedIdentifiers(u);
  for (const identifier of filters.keys())
    if (!used.has(identifier))
      throw new ServerError(
        9,
        `The array filter for identifier '${identifier}' was not used in the update ${show(u)}`,
      );
  const known = new Set(filters.keys());
  const matchesFilter = (identifier: string, element: Value): boolean =>
    filters.get(identifier)?.(element) ?? false;
  // Refuses what is wrong whatever the document; a position is only known with one.
  const parsed = parseUpdate(u, '0', known);
  const positional = [...u.values()].some(
    (fields) => isDoc(fields) && [...fields.keys()].some((path) => path.split('.').includes('$')),
  );

  return {
    apply(document, position) {
      const tree = positional
        ? parseUpdate(u, position === undefined ? undefined : String(position), known)
        : parsed;
      const id = document.get('_id');
      const { document: after, log } = applyUpdate(tree, document, {
        inserting: false,
        matchesFilter,
        id,
        checksKeys: !newer,
      });
      if (log.length === 0) return undefined;
      checkId(id, after.get('_id'));
      checkSize(after, 17419, 'Resulting document after update is larger than');
      const description = newer ? describeAsDifference(log, document, after) : describeByPaths(log);
      return { document: after, operation: { kind: 'update', id: id ?? null, description } };
    },
    create(filter) {
      const base = equalities(filter);
      const tree = positional ? parseUpdate(u, undefined, known) : parsed;
      const { document } = applyUpdate(tree, base, {
        inserting: true,
        matchesFilter,
        id: base.get('_id'),
        checksKeys: !newer,
      });
      if (base.has('_id')) checkId(base.get('_id'), document.get('_id'));
      return withId(document);
    },
  };
}

/** The filters by the identifier that their paths begin with. */
function identifiedFilters(arrayFilters: Value | undefined): Map<string, (element: Value) => boolean> {
  const filters = new Map<string, (element: Value) => boolean>();
  for (const filter of Array.isArray(arrayFilters) ? arrayFilters : []) {
    if (!isDoc(filter)) throw new ServerError(14, 'Array filters must be objects');
    const identifier = identifierOf(filter);
    const matches = compileFilter(filter);
    filters.set(identifier, (element) => matches(new Map([[identifier, element]])));
  }
  return filters;
}

function identifierOf(filter: Doc): string {
  for (const [key, value] of filter) {
    if (!key.startsWith('$')) return key.split('.')[0] as string;
    if (Array.isArray(value) && isDoc(value[0])) return identifierOf(value[0]);
  }
  throw new ServerError(9, 'Cannot use an expression without a top-level field name in arrayFilters');
}

function replacement(u: Doc, newer: boolean): Update {
  for (const [key, value] of u) {
    if (key.startsWith('$'))
      throw new ServerError(
        52,
        `The dollar ($) prefixed field '${key}' in '${key}' is not valid for storage.`,
      );
    if (!newer) checkStorable(value, key);
  }
  return {
    apply(document) {
      const id = document.get('_id') as Value;
      if (u.has('_id')) checkAltered(id, u.get('_id'));
      return replaced(document, new Map([['_id', id], ...u]));
    },
    create(filter) {
      const id = equalities(filter).get('_id');
      return withId(u.has('_id') || id === undefined ? u : new Map([['_id', id], ...u]));
    },
  };
}

function pipelineUpdate(stages: Value[], newer: boolean): Update {
  for (const stage of stages)
    if (isDoc(stage))
      for (const name of stage.keys())
        if (!UPDATE_STAGES.has(name))
          throw new ServerError(72, `${name} is not allowed to be used within an update`);
  const run: Stage = compilePipeline(stages);
  const sources: StageSources = { documents: () => [] };
  return {
    apply(document) {
      const [result] = run([document], sources) as [Doc];
      const id = document.get('_id') as Value;
      if (result.has('_id')) checkAltered(id, result.get('_id'));
      const after = new Map([['_id', id], ...result]);
      for (const [key, value] of after) if (!newer && document.get(key) !== value) checkStorable(value, key);
      const whole = replaced(document, after);
      const description = newer && whole ? difference(document, after) : undefined;
      return whole && description
        ? { document: after, operation: { kind: 'update', id, description } }
        : whole;
    },
    create: (filter) => withId((run([equalities(filter)], sources) as [Doc])[0]),
  };
}

function replaced(document: Doc, after: Doc): ReturnType<Update['apply']> {
  if (identical(document, after)) return undefined;
  checkSize(after, 17419, 'Resulting document after update is larger than');
  return { document: after, operation: { kind: 'replace', id: after.get('_id') ?? null, document: after } };
}

export function checkSize(document: Doc, code: number, message: string): void {
  if (sizeOf(document) > MOST_DOCUMENT_BYTES)
    throw new ServerError(code, `${message} ${MOST_DOCUMENT_BYTES}`);
}

function checkId(before: Maybe, after: Maybe): void {
  if (!identical(before, after))
    throw new ServerError(
      66,
      "Performing an update on the path '_id' would modify the immutable field '_id'",
    );
}

function checkAltered(before: Value, after: Maybe): void {
  if (!equal(before, after))
    throw new ServerError(
      66,
      `After applying the update, the (immutable) field '_id' was found to have been altered to _id: ${show(after)}`,
    );
}

/** The fields that the filter sets equal to a value. */
function equalities(filter: Doc): Doc {
  const fields: Doc = new Map();
  for (const [key, value] of filter) {
    if (key === '$and' && Array.isArray(value)) {
      for (const part of value)
        if (isDoc(part)) for (const [path, found] of equalities(part)) fields.set(path, found);
    } else if (!key.startsWith('$')) {
      const operators = isDoc(value) && [...value.keys()].some((name) => name.startsWith('$'));
      const found = operators ? (value as Doc).get('$eq') : value;
      if (found !== undefined) setPath(fields, key.split('.'), found);
    }
  }
  return fields;
}

function setPath(document: Doc, [part, ...rest]: string[], value: Value): void {
  const key = part as string;
  if (rest.length === 0) {
    document.set(key, value);
    return;
  }
  const inner = document.get(key);
  const next: Doc = isDoc(inner) ? inner : new Map();
  document.set(key, next);
  setPath(next, rest, value);
}

/** With its _id in front, made up where it has none. */
export function withId(document: Doc): Doc {
  const id = document.get('_id') ?? new ObjectId();
  return new Map([['_id', id], ...document]);
}
