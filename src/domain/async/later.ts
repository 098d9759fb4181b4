/**
 * A value, or a promise of it (`MaybePromise` elsewhere): where nothing has to be waited for, whoever asks goes on in the same turn. What
 * fails may be thrown or rejected with. "There when" in a docstring says when the value is there, or resolves.
 */
export type Later<T> = T | Promise<T>;

export const isPromise = <T>(value: unknown): value is Promise<T> =>
  typeof value === 'object' && value !== null && typeof (value as Promise<T>).then === 'function';

/** What `go` makes of the value, once it is there. */
export const after = <T, U>(value: Later<T>, go: (value: T) => Later<U>): Later<U> =>
  isPromise<T>(value) ? value.then(go) : go(value);

/** What `done` makes of what `run` gives, or `failed` of what it throws or rejects with. */
export function either<T, U>(
  run: () => Later<T>,
  done: (value: T) => Later<U>,
  failed: (error: unknown) => Later<U>,
): Later<U> {
  let value: Later<T>;
  try {
    value = run();
  } catch (error) {
    return failed(error);
  }
  return isPromise<T>(value) ? value.then(done, failed) : done(value);
}

const asItIs = <T>(value: T): T => value;

/** What `run` gives; what it throws, or rejects with, goes to `caught`. */
export const attempt = <T, U>(run: () => Later<T>, caught: (error: unknown) => Later<U>): Later<T | U> =>
  either<T, T | U>(run, asItIs, caught);

/** What `run` gives; `end` is called when that is there, whatever it is. */
export function lastly<T>(run: () => Later<T>, end: () => void): Later<T> {
  let value: Later<T>;
  try {
    value = run();
  } catch (error) {
    end();
    throw error;
  }
  if (!isPromise<T>(value)) {
    end();
    return value;
  }
  return value.then(
    (given) => {
      end();
      return given;
    },
    (error) => {
      end();
      throw error;
    },
  );
}
