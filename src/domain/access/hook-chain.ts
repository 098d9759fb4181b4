import { isPromise } from '../async/later.js';
import type { JsonObject } from '../json/json-value.js';
import type { MetadataContext, MetadataHook } from './hook-types.js';

export type Next<Input> = (changed?: Input) => unknown;

/**
 * Each hook around the next one, `last` innermost; what one hook passes on is what the next one is told. What a hook has begun with its `next` and not
 * waited for is waited for here, and fails what it stands around: nobody else would hear of it, and a rejection that nobody hears of ends the process.
 */
export function through<Input>(
  hooks: readonly ((next: Next<Input>, input: Input) => unknown)[],
  last: (input: Input) => unknown,
  input: Input,
): unknown {
  const [hook, ...inner] = hooks;
  if (!hook) return last(input);
  const begun = new Set<Promise<unknown>>();
  const next: Next<Input> = (changed) => {
    const made = through(inner, last, changed ?? input);
    if (isPromise(made)) {
      begun.add(made);
      const settled = () => void begun.delete(made);
      made.then(settled, settled);
    }
    return made;
  };
  const given = hook(next, input);
  if (isPromise(given)) return given.then((value) => onceDone(begun, value));
  return begun.size > 0 ? onceDone(begun, given) : given;
}

async function onceDone(begun: ReadonlySet<Promise<unknown>>, value: unknown): Promise<unknown> {
  await Promise.all(begun);
  return value;
}

/** The metadata as the hooks show it. */
export async function metadataThrough(
  hooks: readonly MetadataHook[],
  metadata: JsonObject,
  about: Pick<MetadataContext, 'sessionId' | 'filter'>,
): Promise<JsonObject> {
  const reads = hooks.map((hook) => (next: Next<undefined>) => hook(next, 'get', { ...about }));
  return (await through(reads, () => metadata, undefined)) as JsonObject;
}
