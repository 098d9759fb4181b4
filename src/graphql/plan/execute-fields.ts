import { isPromise } from '../../domain/async/later.js';
import { placed } from '../placed-error.js';
import type { Execution } from './execution.js';
import type { Complete, Field, Selection, Text } from './field.js';
import { keysOf, type Path } from './path.js';

/** The value of one field; throws, or rejects with, what makes the object around it null. */
function executeField(
  execution: Execution,
  field: Field,
  source: unknown,
  parent: Path | undefined,
): Text | Promise<Text> {
  const path = field.isLeaf ? undefined : { prev: parent, key: field.name };
  try {
    const value = resolved(execution, field, source);
    if (!isPromise(value)) {
      const completed = field.complete(execution, field, path, value);
      return isPromise<Text>(completed) ? guarded(execution, field, path, parent, completed) : completed;
    }
    const completed = value.then((later) => inTurn(execution, field, path, later, field.complete));
    return guarded(execution, field, path, parent, completed);
  } catch (error) {
    return nullAt(execution, field, path ?? { prev: parent, key: field.name }, error);
  }
}

/** Completes what was waited for: at once, or where its turn is. */
export function inTurn(
  execution: Execution,
  field: Field,
  path: Path | undefined,
  value: unknown,
  complete: Complete,
): Text | Promise<Text> {
  const { pass } = execution;
  if (pass.isFree()) return complete(execution, field, path, value);
  return pass.inTurn(() => complete(execution, field, path, value));
}

const guarded = (
  execution: Execution,
  field: Field,
  path: Path | undefined,
  parent: Path | undefined,
  completed: Promise<Text>,
): Promise<Text> =>
  completed.then(undefined, (error) =>
    nullAt(execution, field, path ?? { prev: parent, key: field.name }, error),
  );

function resolved(execution: Execution, field: Field, source: unknown): unknown {
  if (field.resolve) {
    return field.resolve(source, execution.argsOf(field), execution.context, execution.infoOf(field));
  }
  if ((typeof source !== 'object' || source === null) && typeof source !== 'function') return undefined;
  const property = (source as Record<string, unknown>)[field.definition.name];
  if (typeof property !== 'function') return property;
  const method = property as (...given: unknown[]) => unknown;
  return method.call(source, execution.argsOf(field), execution.context, execution.infoOf(field));
}

/** An error at a place: noted, where the place may be null; else thrown on. */
export function nullAt(
  execution: Execution,
  { nodes, nonNull }: Pick<Field, 'nodes' | 'nonNull'>,
  path: Path,
  raw: unknown,
): null {
  const error = placed(raw, nodes, keysOf(path));
  if (nonNull) throw error;
  execution.errors.add(error, path);
  return null;
}

/** Nothing of an object has been looked at. */
const START = -1;

/** The fields of an object side by side. `from`: those before it are done, with what they gave. */
export function executeFields(
  execution: Execution,
  selection: Selection,
  source: unknown,
  path: Path | undefined,
  from = START,
  before = '',
  given: Part[] | null = null,
): string | Promise<string> {
  const { fields, end, characters } = selection;
  const { pass } = execution;
  if (from === START) execution.left -= characters;
  let text = before;
  let parts = given;
  try {
    for (let at = Math.max(from, 0); at < fields.length; at++) {
      if (pass.isOver()) return goOnLater(execution, selection, source, path, at, text, parts);
      const field = fields[at] as Field;
      if (execution.left >= 0) text += field.head;
      const value = executeField(execution, field, source, path);
      if (typeof value === 'string') text += value;
      else if (value === null) text += execution.written('null');
      else {
        parts ??= [];
        parts.push(text, value);
        text = '';
        if (pass.isLeft) return goOnLater(execution, selection, source, path, at + 1, text, parts);
      }
    }
  } catch (error) {
    if (!parts) throw error;
    // The others are waited for: they may fail as well.
    return joinedFields(execution, parts).finally(() => {
      throw error;
    });
  }
  if (execution.left >= 0) text += end;
  if (!parts) return text;
  parts.push(text);
  return joinedFields(execution, parts);
}

function goOnLater(...left: Required<Parameters<typeof executeFields>>): Promise<string> {
  const [execution, , , , , , parts] = left;
  waitedForLater(parts);
  return execution.pass.putOff(() => executeFields(...left));
}

/** The fields of a mutation, each when those before it are done. */
export function executeSerially(
  execution: Execution,
  selection: Selection,
  source: unknown,
): string | Promise<string> {
  execution.left -= selection.characters;
  return serially(execution, selection, source, 0, '');
}

/** From this one on; those before it have given the text. */
function serially(
  execution: Execution,
  selection: Selection,
  source: unknown,
  from: number,
  before: string,
): string | Promise<string> {
  const { fields, end } = selection;
  let text = before;
  for (let at = from; at < fields.length; at++) {
    const field = fields[at] as Field;
    const value = executeField(execution, field, source, undefined);
    const done = (given: Text) => text + (execution.left < 0 ? '' : field.head) + (given ?? 'null');
    if (isPromise<Text>(value))
      return value.then((given) => serially(execution, selection, source, at + 1, done(given)));
    text = done(value);
  }
  return execution.left < 0 ? text : text + end;
}

export type Part = string | Promise<Text>;

/** A text that is put together becomes bytes from so many characters on, while there is more; */
export const LONG_TEXT = 48 * 1024;
/** and of a long execution from so many on, as soon as it is there: else all of them would at its end. */
const LONG_PART = 8 * 1024;

/** The parts one behind the other, when all are there; rejects with the first that fails, as `Promise.all` does. */
export function joined(execution: Execution, parts: readonly Part[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const texts: Text[] = [];
    /** Put together by reference: to join them would copy them, once more for each place that they lie in. */
    const whole = () => {
      const most = execution.pass.isSliced ? LONG_PART : LONG_TEXT;
      let text = '';
      for (const next of texts) {
        if (text.length >= most) text = execution.aside(text);
        text += next;
      }
      return execution.pass.isSliced && text.length >= most ? execution.aside(text) : text;
    };
    let missing = 0;
    for (const [index, part] of parts.entries()) {
      if (!isPromise<Text>(part)) {
        texts[index] = part;
        continue;
      }
      missing++;
      part.then((text) => {
        texts[index] = text ?? 'null';
        if (--missing === 0) resolve(whole());
      }, reject);
    }
  });
}

/** That one of them fails may be known before they are joined, and is no fault until then. */
export function waitedForLater(parts: readonly Part[] | null): void {
  for (const part of parts ?? []) if (isPromise(part)) part.catch(nobody);
}

const nobody = () => {};

/** graphql-js waits one turn longer for an object than for a list: which of several errors are told depends on it. */
const joinedFields = (execution: Execution, parts: readonly Part[]): Promise<string> =>
  joined(execution, parts).then((text) => text);
