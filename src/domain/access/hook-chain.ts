import type { JsonObject } from '../json/json-value.js';
import type { MetadataContext, MetadataHook } from './hook-types.js';

export type Next<Input> = (changed?: Input) => unknown;

/** Each hook around the next one, `last` innermost; what one hook passes on is what the next one is told. */
export function through<Input>(
  hooks: readonly ((next: Next<Input>, input: Input) => unknown)[],
  last: (input: Input) => unknown,
  input: Input,
): unknown {
  const [hook, ...inner] = hooks;
  return hook ? hook((changed) => through(inner, last, changed ?? input), input) : last(input);
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
