import { ParleyError } from '../errors.js';
import type { JsonObject } from '../json.js';
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

/** What a hook may take to show a session's metadata: a page, a subscription or a webhook waits for it, and would wait for ever. */
const SHOWN_WITHIN_MS = 15_000;

/** The metadata as the hooks show it. TIMEOUT where one of them does not. */
export async function metadataThrough(
  hooks: readonly MetadataHook[],
  metadata: JsonObject,
  about: Pick<MetadataContext, 'sessionId' | 'filter'>,
): Promise<JsonObject> {
  const reads = hooks.map((hook) => (next: Next<undefined>) => hook(next, 'get', { ...about }));
  const showing = through(reads, () => metadata, undefined);
  return (await (isPromise(showing) ? inTime(showing) : showing)) as JsonObject;
}

const isPromise = (value: unknown): value is PromiseLike<unknown> =>
  typeof (value as PromiseLike<unknown> | null)?.then === 'function';

function inTime<T>(showing: PromiseLike<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      const message = `A metadata hook of the server has not answered within ${SHOWN_WITHIN_MS / 1_000} seconds.`;
      reject(new ParleyError('TIMEOUT', message));
    }, SHOWN_WITHIN_MS);
    Promise.resolve(showing)
      .then(resolve, reject)
      .finally(() => clearTimeout(late));
  });
}
