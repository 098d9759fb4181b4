import type { Later } from './later.js';

/** A method, as what stands around it sees it. */
export type Call = (...given: unknown[]) => Later<unknown>;

/** The same with `wrap` around each of its methods, which need no `this`. */
export function around<T extends object>(target: T, wrap: (call: Call, name: keyof T) => Call): T {
  // By a loop: it is done for every operation.
  const wrapped = {} as T;
  for (const name in target) wrapped[name] = wrap(target[name] as Call, name) as T[typeof name];
  return wrapped;
}
