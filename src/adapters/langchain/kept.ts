import { isDeepStrictEqual } from 'node:util';
import { type BaseMessage, isBaseMessage } from '@langchain/core/messages';
import { ParleyError } from '../../domain/errors.js';
import { exactOf } from '../exact.js';
import { type Path, toPlain } from '../plain.js';
import { type Kind, kindOf, type MessageClass, messageOf } from './kinds.js';

type Members = Record<string, unknown>;

/**
 * A message as it is kept: as Python's `message_to_dict` has it, which Python reads, and what else makes it exact. LangChain's own form in JavaScript
 * has no chunks, and loses what was given as `contentBlocks` and what a message was given after it was made.
 */
export type Kept = Kind & {
  data: Members;
  changes?: Change[];
};

/**
 * What its members, those of `lc_kwargs` too, are beside what its class makes of the data. Without a value they are not there; `from`: they are what this
 * member of the data is.
 */
type Change = { at: Path } & ({ value: unknown } | { from: string } | object);

/** Copies only. BAD_USER_INPUT, with its path, for what cannot be kept. */
export function keptFrom(message: BaseMessage, where: string): Kept {
  if (!isBaseMessage(message))
    throw new ParleyError('BAD_USER_INPUT', `${where} is no message of @langchain/core.`);
  const { lc_kwargs, ...members } = message;
  // The arguments last: a path leads to the message's own member.
  const own = exactOf(toPlain({ ...members, lc_kwargs }, where)) as Members;
  const kind = kindOf(message);
  const data = dataOf(own);
  const { class: _, ...known } = kind;
  const made = { ...messageOf(known, structuredClone(data), new Map()) };
  const changes = changesOf(made, own, data);
  return { ...kind, data, ...(changes.length > 0 ? { changes } : {}) };
}

/** Whether a message says what is kept. Graphs give an id to those that have none. */
export function isKeptAs(message: BaseMessage, { data, changes: _, ...kind }: Kept): boolean {
  const { data: own, changes: __, ...ownKind } = keptFrom(message, 'message');
  const { id, ...rest } = data;
  return isDeepStrictEqual(ownKind, kind) && isDeepStrictEqual(own, 'id' in own ? data : rest);
}

/** What it says of itself, and arguments that it made nothing of. */
function dataOf({ lc_kwargs, ...own }: Members): Members {
  const isData = ([key, value]: [string, unknown]) =>
    value !== undefined && key !== 'type' && !key.startsWith('lc_');
  const unused = Object.entries(lc_kwargs as Members).filter(
    ([key]) => !Object.hasOwn(own, key) && key !== 'contentBlocks',
  );
  return Object.fromEntries([...Object.entries(own), ...unused].filter(isData));
}

function changesOf(made: Members, own: Members, data: Members): Change[] {
  const sourceOf = (value: unknown) =>
    typeof value === 'object' && value !== null
      ? Object.keys(data).find((key) => isDeepStrictEqual(data[key], value))
      : undefined;

  const added = (at: Path, value: unknown): Change[] => {
    const from = sourceOf(value);
    if (from !== undefined) return [{ at, from }];
    const inner = isObject(value) ? Object.entries(value) : [];
    if (!inner.some(([, one]) => sourceOf(one) !== undefined)) return [{ at, value }];
    return [{ at, value: {} }, ...inner.flatMap(([key, one]) => added([...at, key], one))];
  };

  const between = (before: unknown, after: unknown, at: Path): Change[] => {
    if (isDeepStrictEqual(before, after)) return [];
    if (!isObject(before) || !isObject(after)) return added(at, after);
    return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) => {
      const inside = [...at, key];
      if (!Object.hasOwn(after, key)) return [{ at: inside }];
      return Object.hasOwn(before, key)
        ? between(before[key], after[key], inside)
        : added(inside, after[key]);
    });
  };

  return between(made, own, []);
}

/** The message again; null for what was kept in no such form. `classes`: as `messageOf` has them. */
export function messageFrom(kept: unknown, classes: ReadonlyMap<string, MessageClass>): BaseMessage | null {
  if (!isKept(kept)) return null;
  const { data, changes = [], ...kind } = kept;
  const message = messageOf(kind, changes.length > 0 ? structuredClone(data) : data, classes);
  for (const change of changes) apply(message, change, data);
  return message;
}

export const isKept = (value: unknown): value is Kept =>
  isObject(value) && typeof value.type === 'string' && isObject(value.data);

function apply(message: BaseMessage, change: Change, data: Members): void {
  let holder: unknown = message;
  for (const step of change.at.slice(0, -1)) {
    const inner = (holder as Members)[step];
    if (!isObject(inner)) return;
    // Not the object itself, which may stand elsewhere in the message too.
    const copy = { ...inner };
    define(holder as object, step, copy);
    holder = copy;
  }
  const last = change.at.at(-1) as string;
  if ('value' in change) define(holder as object, last, change.value);
  else if ('from' in change) define(holder as object, last, structuredClone(data[change.from]));
  else delete (holder as Members)[last];
}

/** Not by assignment: a class may have a getter of that name. */
function define(holder: object, key: string | number, value: unknown): void {
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
}

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
