import type { Later } from './async/later.js';

/** A method, as what stands around it sees it. */
export type Call = (...given: unknown[]) => Later<unknown>;

type Wrap<T> = (call: Call, name: keyof T) => Call;

/** The same with `wrap` around each of its methods, which need no `this`: for what is made once and called for as long as the process lives. */
export function around<T extends object>(target: T, wrap: Wrap<T>): T {
  const wrapped = {} as T;
  for (const name in target) wrapped[name] = wrap(target[name] as Call, name) as T[typeof name];
  return wrapped;
}

/** The same, each wrapped when it is asked for: for what is made for every operation, which calls one or two of many. */
export const aroundCalled = <T extends object>(target: T, wrap: Wrap<T>): T =>
  new Proxy(target, {
    get(of, name) {
      const call: unknown = of[name as keyof T];
      return typeof call === 'function' ? wrap(call as Call, name as keyof T) : call;
    },
  });
