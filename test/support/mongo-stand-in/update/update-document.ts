import { identical } from '../bson/compare.js';
import { show } from '../bson/show.js';
import { type Doc, isDoc, type Maybe, type Value } from '../bson/values.js';
import { ServerError } from '../errors.js';
import type { Since } from '../options.js';
import { compileFilter } from '../query/match.js';
import { applyUpdate } from './apply-update.js';
import { describeAsDifference, describeByPaths } from './describe-update.js';
import { hasOperators, parseUpdate, usedIdentifiers } from './parse-update.js';
import { checkUpdated, type Update } from './update.js';
import { equalities, withId } from './upsert-base.js';
import { pipelineUpdate, replacement } from './whole-document.js';

/** An update as one statement gives it: operators, a whole document, or a pipeline. Refusals that need no document come here. */
export function compileUpdate(u: Value, arrayFilters: Value | undefined, since: Since): Update {
  if (Array.isArray(u)) return pipelineUpdate(u, since);
  if (!isDoc(u)) throw new ServerError(9, 'Update argument must be either an object or an array');
  return hasOperators(u) ? operatorUpdate(u, arrayFilters, since) : replacement(u, since);
}

function operatorUpdate(u: Doc, arrayFilters: Value | undefined, since: Since): Update {
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
  const parsed = parseUpdate(u, '0', known, since);
  const positional = [...u.values()].some(
    (fields) => isDoc(fields) && [...fields.keys()].some((path) => path.split('.').includes('$')),
  );

  return {
    apply(document, position) {
      const tree = positional
        ? parseUpdate(u, position === undefined ? undefined : String(position), known, since)
        : parsed;
      const id = document.get('_id');
      const { document: after, log } = applyUpdate(tree, document, {
        inserting: false,
        matchesFilter,
        id,
        checksKeys: !since('8.0'),
      });
      if (log.length === 0) return undefined;
      checkId(id, after.get('_id'));
      checkUpdated(after, since);
      const description = since('5.0') ? describeAsDifference(log, document, after) : describeByPaths(log);
      return { document: after, operation: { kind: 'update', id: id ?? null, description } };
    },
    create(filter) {
      const base = equalities(filter);
      const tree = positional ? parseUpdate(u, undefined, known, since) : parsed;
      const { document } = applyUpdate(tree, base, {
        inserting: true,
        matchesFilter,
        id: base.get('_id'),
        checksKeys: !since('8.0'),
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

function checkId(before: Maybe, after: Maybe): void {
  if (!identical(before, after))
    throw new ServerError(
      66,
      "Performing an update on the path '_id' would modify the immutable field '_id'",
    );
}
