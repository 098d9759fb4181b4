import { badInput } from '../domain/errors.js';

/*
 * What the library is handed, checked before anything is read or written. Each throws BAD_USER_INPUT.
 */

/** The options that name a database, of which one is given. Here, so that adapters know them without loading one. */
export const DATABASE_PLACES = ['path', 'connectionString', 'client', 'store'] as const;

/** One hook, several or none, as a list. */
export function listOf<T>(hooks: T | readonly T[] | undefined): readonly T[] {
  const list = hooks === undefined ? [] : Array.isArray(hooks) ? hooks : [hooks as T];
  if (list.every((hook) => typeof hook === 'function')) return list;
  throw badInput('A hook must be a function, or a list of functions.');
}

/** Without the fields that are undefined: absent leaves a field as it is. */
export function given<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}

export function checkObject(value: unknown, name: string): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badInput(`${name} must be an object.`);
}

export function checkCount(value: number, name: string, least: number): void {
  if (!Number.isSafeInteger(value) || value < least)
    throw badInput(`${name} must be a whole number of at least ${least}.`);
}
