import { type Doc, Int32, isDoc, isNumber, type Maybe, toNumber, type Value } from '../bson/values.js';
import { ServerError } from '../errors.js';
import type { Since } from '../options.js';
import { compileExpression } from './expressions.js';
import { compileGroup } from './group.js';
import { compileFilter } from './match.js';
import { valueAtPath } from './paths.js';
import { compileProjection } from './projection.js';
import { compileSetFields } from './set-fields.js';
import { sortDocuments } from './sort.js';

/** What stages may ask for besides the documents that reach them. */
export interface StageSources {
  /** The documents of a collection of the same database. */
  documents(collection: string): Doc[];
  since: Since;
}

export type Stage = (documents: Doc[], sources: StageSources) => Doc[];

const docOf = (name: string, value: Value): Doc => {
  if (!isDoc(value)) throw new ServerError(40272, `${name} specification must be an object`);
  return value;
};
const each =
  (convert: (document: Doc) => Doc): Stage =>
  (documents) =>
    documents.map(convert);

const COMPILERS = new Map<string, (operand: Value) => Stage>([
  ['$match', match],
  ['$project', project],
  ['$addFields', (operand) => each(compileSetFields(docOf('$addFields', operand)))],
  ['$set', (operand) => each(compileSetFields(docOf('$set', operand)))],
  ['$unset', unset],
  ['$replaceRoot', (operand) => replaceRoot(docOf('$replaceRoot', operand).get('newRoot') as Value)],
  ['$replaceWith', replaceRoot],
  ['$sort', (operand) => (documents) => sortDocuments(documents, operand)],
  ['$limit', (operand) => (documents) => documents.slice(0, count('$limit', operand))],
  ['$skip', (operand) => (documents) => documents.slice(count('$skip', operand))],
  ['$group', (operand) => compileGroup(docOf('$group', operand))],
  ['$unwind', unwind],
  [
    '$count',
    (operand) => (documents) =>
      documents.length ? [new Map<string, Value>([[String(operand), new Int32(documents.length)]])] : [],
  ],
  [
    '$sortByCount',
    (operand) =>
      compilePipeline([
        new Map([
          [
            '$group',
            new Map<string, Value>([
              ['_id', operand],
              ['count', new Map([['$sum', new Int32(1)]])],
            ]),
          ],
        ]),
        new Map([['$sort', new Map([['count', new Int32(-1)]])]]),
      ]),
  ],
  ['$facet', facet],
  ['$lookup', lookup],
]);

/** The pipeline as one function. Unknown stages are refused here. */
export function compilePipeline(stages: readonly Value[]): Stage {
  const compiled = stages.map((stage) => {
    if (!isDoc(stage)) throw new ServerError(14, "Each element of the 'pipeline' array must be an object");
    if (stage.size !== 1)
      throw new ServerError(40323, 'A pipeline stage specification object must contain exactly one field.');
    const [[name, operand]] = [...stage] as [[string, Value]];
    const compiler = COMPILERS.get(name);
    if (!compiler) throw new ServerError(40324, `Unrecognized pipeline stage name: '${name}'`);
    return compiler(operand);
  });
  return (documents, sources) => compiled.reduce((passed, stage) => stage(passed, sources), documents);
}

function project(operand: Value): Stage {
  const compiled = compileProjection(docOf('$project', operand), false);
  return (documents, { since }) =>
    documents.map((document) => {
      const projected = compiled(document);
      return since('5.0') ? inOrderOf(document, projected) : projected;
    });
}

/** From 5.0 on what is computed in the place of a field stands where that field stood. */
const inOrderOf = (document: Doc, projected: Doc): Doc =>
  new Map([
    ...[...document.keys()].flatMap((key): [string, Value][] =>
      projected.has(key) ? [[key, projected.get(key) as Value]] : [],
    ),
    ...projected,
  ]);

function match(operand: Value): Stage {
  if (!isDoc(operand)) throw new ServerError(15959, 'the match filter must be an expression in an object');
  const filter = compileFilter(operand);
  return (documents) => documents.filter((document) => filter(document));
}

function unset(operand: Value): Stage {
  const paths = (Array.isArray(operand) ? operand : [operand]).map(String);
  return each(compileProjection(new Map(paths.map((path) => [path, false])), false));
}

function replaceRoot(operand: Value): Stage {
  const expression = compileExpression(operand);
  return each((root) => {
    const value = expression({ root, variables: new Map() });
    if (!isDoc(value)) throw new ServerError(40228, "'newRoot' expression must evaluate to an object");
    return value;
  });
}

function count(name: string, operand: Value): number {
  if (!isNumber(operand)) throw new ServerError(15957, `the ${name.slice(1)} must be specified as a number`);
  if (name === '$limit' && toNumber(operand) <= 0) throw new ServerError(15958, 'the limit must be positive');
  return toNumber(operand);
}

function unwind(operand: Value): Stage {
  const options: Doc = isDoc(operand) ? operand : new Map([['path', operand]]);
  const parts = String(options.get('path')).slice(1).split('.');
  const keepsEmpty = options.get('preserveNullAndEmptyArrays') === true;
  const indexField = options.get('includeArrayIndex');
  return (documents) =>
    documents.flatMap((document) => {
      const value = valueAtPath(document, parts);
      const items: Maybe[] = Array.isArray(value)
        ? value
        : value === undefined || value === null
          ? []
          : [value];
      if (items.length === 0)
        return keepsEmpty ? [value === null ? document : withValue(document, parts, undefined)] : [];
      return items.map((item, index) => {
        const result = withValue(document, parts, item);
        return typeof indexField === 'string'
          ? withValue(result, [indexField], Array.isArray(value) ? new Int32(index) : null)
          : result;
      });
    });
}

function withValue(document: Doc, [part, ...rest]: readonly string[], value: Maybe): Doc {
  const copy = new Map(document);
  const inner = copy.get(part as string);
  const next = rest.length ? withValue(isDoc(inner) ? inner : new Map(), rest, value) : value;
  if (next === undefined) copy.delete(part as string);
  else copy.set(part as string, next);
  return copy;
}

function facet(operand: Value): Stage {
  const parts = [...docOf('$facet', operand)].map(([name, stages]): [string, Stage] => [
    name,
    compilePipeline(stages as Value[]),
  ]);
  return (documents, sources) => [new Map(parts.map(([name, run]) => [name, run(documents, sources)]))];
}

function lookup(operand: Value): Stage {
  const given = docOf('$lookup', operand);
  const [from, localField, foreignField, as] = ['from', 'localField', 'foreignField', 'as'].map((key) =>
    String(given.get(key)),
  ) as [string, string, string, string];
  return (documents, sources) =>
    documents.map((document) => {
      const local = valueAtPath(document, localField.split('.')) ?? null;
      const filter = compileFilter(
        new Map([[foreignField, new Map([['$in', Array.isArray(local) ? local : [local]]])]]),
      );
      return withValue(
        document,
        as.split('.'),
        sources.documents(from).filter((other) => filter(other)),
      );
    });
}
