import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Doc, isDoc, type Maybe, type Value, wrap } from '../support/mongo-stand-in/bson/values.js';
import { ServerError } from '../support/mongo-stand-in/errors.js';
import { type Dialect, sinceOf, withDefaults } from '../support/mongo-stand-in/options.js';
import type { UpdateDescription } from '../support/mongo-stand-in/state/oplog.js';
import { compileUpdate } from '../support/mongo-stand-in/update/update-document.js';
import { textOf } from './replay/tree.js';

const KEYS = ['a', 'b', '0', '1'];
const leaf = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom('x', null, true));
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...KEYS), tie('value'), { maxKeys: 3 }),
  ),
}));
const document = fc.dictionary(fc.constantFrom(...KEYS), value, { maxKeys: 4 });
const path = fc
  .array(fc.constantFrom(...KEYS), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join('.'));
const operation = fc.oneof(
  fc.record({ $set: fc.dictionary(path, value, { minKeys: 1, maxKeys: 3 }) }),
  fc.record({ $unset: fc.dictionary(path, fc.constant(''), { minKeys: 1, maxKeys: 2 }) }),
  fc.record({ $push: fc.dictionary(path, value, { minKeys: 1, maxKeys: 2 }) }),
  fc.record({
    $set: fc.dictionary(path, value, { minKeys: 1, maxKeys: 1 }),
    $unset: fc.dictionary(path, fc.constant(''), { minKeys: 1, maxKeys: 1 }),
  }),
  fc.array(
    fc.record({
      $set: fc.dictionary(
        path,
        value.map((constant) => ({ $literal: constant })),
        { minKeys: 1, maxKeys: 1 },
      ),
    }),
    { minLength: 1, maxLength: 2 },
  ),
);

/** What a reader who has the document before makes of an event. */
function fold(before: Doc, { updated, removed, truncated }: UpdateDescription): Doc {
  let result: Value = before;
  for (const [field, size] of truncated)
    result = changed(result, field.split('.'), (items) => (items as Value[]).slice(0, size));
  for (const field of removed) result = changed(result, field.split('.'), () => undefined);
  for (const [field, written] of updated) result = changed(result, field.split('.'), () => written);
  return result as Doc;
}

function changed(container: Maybe, [part, ...rest]: string[], change: (value: Maybe) => Maybe): Value {
  const key = part as string;
  if (Array.isArray(container)) {
    const items = container.slice();
    while (items.length < Number(key)) items.push(null);
    items[Number(key)] =
      (rest.length ? changed(items[Number(key)], rest, change) : change(items[Number(key)])) ?? null;
    return items;
  }
  const copy: Doc = isDoc(container) ? new Map(container) : new Map();
  const next = rest.length ? changed(copy.get(key), rest, change) : change(copy.get(key));
  if (next === undefined) copy.delete(key);
  else copy.set(key, next);
  return copy;
}

/** Fields that an event adds may come in another order than the stored one. */
const sorted = (node: Value): Value => {
  if (Array.isArray(node)) return node.map(sorted);
  if (!isDoc(node)) return node;
  return new Map([...node].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, sorted(inner)]));
};

test.each<Dialect>(['4.4', '5.0', '8.0'])('an event says everything that an update did (%s)', (dialect) => {
  const since = sinceOf(withDefaults({ dialect }));
  fc.assert(
    fc.property(document, operation, (fields, update) => {
      const before: Doc = new Map([['_id', 's1'], ...(wrap(fields) as Doc)]);
      let result: ReturnType<ReturnType<typeof compileUpdate>['apply']>;
      try {
        result = compileUpdate(wrap(update), undefined, since).apply(before, undefined);
      } catch (error) {
        // Paths that conflict or cannot be made are refused, and nothing changes.
        expect(error).toBeInstanceOf(ServerError);
        return;
      }
      if (!result) return;
      const told =
        result.operation.kind === 'update' ? fold(before, result.operation.description) : result.document;
      expect(textOf(sorted(told))).toBe(textOf(sorted(result.document)));
    }),
    { numRuns: 2000 },
  );
});
