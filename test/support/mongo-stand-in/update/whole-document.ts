import { equal, identical } from '../bson/compare.js';
import { show } from '../bson/show.js';
import { type Doc, isDoc, type Maybe, type Value } from '../bson/values.js';
import { ServerError } from '../errors.js';
import type { Since } from '../options.js';
import { compilePipeline, type Stage, type StageSources } from '../query/stages.js';
import { difference } from './difference.js';
import { checkStorable } from './storable.js';
import { checkUpdated, type Update } from './update.js';
import { equalities, withId } from './upsert-base.js';

const UPDATE_STAGES = new Set(['$set', '$addFields', '$unset', '$project', '$replaceRoot', '$replaceWith']);

export function replacement(u: Doc, since: Since): Update {
  for (const [key, value] of u) {
    if (key.startsWith('$'))
      throw new ServerError(
        52,
        `The dollar ($) prefixed field '${key}' in '${key}' is not valid for storage.`,
      );
    if (!since('8.0')) checkStorable(value, key);
  }
  return {
    apply(document) {
      const id = document.get('_id') as Value;
      if (u.has('_id')) checkAltered(id, u.get('_id'));
      return replaced(document, new Map([['_id', id], ...u]), since);
    },
    create(filter) {
      const id = equalities(filter).get('_id');
      return withId(u.has('_id') || id === undefined ? u : new Map([['_id', id], ...u]));
    },
  };
}

export function pipelineUpdate(stages: Value[], since: Since): Update {
  for (const stage of stages)
    if (isDoc(stage))
      for (const name of stage.keys())
        if (!UPDATE_STAGES.has(name))
          throw new ServerError(72, `${name} is not allowed to be used within an update`);
  const run: Stage = compilePipeline(stages);
  const sources: StageSources = { documents: () => [], since };
  return {
    apply(document) {
      const [result] = run([document], sources) as [Doc];
      const id = document.get('_id') as Value;
      if (result.has('_id')) checkAltered(id, result.get('_id'));
      const after = new Map([['_id', id], ...result]);
      for (const [key, value] of after)
        if (!since('8.0') && document.get(key) !== value) checkStorable(value, key);
      const whole = replaced(document, after, since);
      const description = since('5.0') && whole ? difference(document, after) : undefined;
      return whole && description
        ? { document: after, operation: { kind: 'update', id, description } }
        : whole;
    },
    create: (filter) => withId((run([equalities(filter)], sources) as [Doc])[0]),
  };
}

function replaced(document: Doc, after: Doc, since: Since): ReturnType<Update['apply']> {
  if (identical(document, after)) return undefined;
  checkUpdated(after, since);
  return { document: after, operation: { kind: 'replace', id: after.get('_id') ?? null, document: after } };
}

function checkAltered(before: Value, after: Maybe): void {
  if (!equal(before, after))
    throw new ServerError(
      66,
      `After applying the update, the (immutable) field '_id' was found to have been altered to _id: ${show(after)}`,
    );
}
