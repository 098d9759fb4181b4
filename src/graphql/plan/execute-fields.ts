import { locatedError } from 'graphql';
import { after, isPromise } from '../../domain/later.js';
import type { Execution } from './execution.js';
import type { Field, Selection, Text } from './field.js';
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
    const completed = value.then((later) => field.complete(execution, field, path, later));
    return guarded(execution, field, path, parent, completed);
  } catch (error) {
    return nullAt(execution, field, path ?? { prev: parent, key: field.name }, error);
  }
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
  const error = locatedError(raw, nodes, keysOf(path));
  if (nonNull) throw error;
  execution.errors.add(error, path);
  return null;
}

/** The fields of an object side by side. */
export function executeFields(
  execution: Execution,
  { fields, end, characters }: Selection,
  source: unknown,
  path: Path | undefined,
): string | Promise<string> {
  execution.left -= characters;
  const writes = execution.left >= 0;
  let text = '';
  let parts: Part[] | null = null;
  try {
    for (const field of fields) {
      if (writes) text += field.head;
      const value = executeField(execution, field, source, path);
      if (typeof value === 'string') text += value;
      else if (value === null) text += execution.written('null');
      else {
        parts ??= [];
        parts.push(text, value);
        text = '';
      }
    }
  } catch (error) {
    if (!parts) throw error;
    // The others are waited for: they may fail as well.
    return joinedFields(parts).finally(() => {
      throw error;
    });
  }
  if (writes) text += end;
  if (!parts) return text;
  parts.push(text);
  return joinedFields(parts);
}

/** The fields of a mutation, each when those before it are done. */
export function executeSerially(
  execution: Execution,
  { fields, end, characters }: Selection,
  source: unknown,
): string | Promise<string> {
  execution.left -= characters;
  let text: string | Promise<string> = '';
  for (const field of fields) {
    const next = (before: string): string | Promise<string> => {
      const value = executeField(execution, field, source, undefined);
      return after(value, (done) => before + (execution.left < 0 ? '' : field.head) + (done ?? 'null'));
    };
    text = after(text, next);
  }
  return after(text, (whole) => (execution.left < 0 ? whole : whole + end));
}

export type Part = string | Promise<Text>;

/** The parts one behind the other, when all are there; rejects with the first that fails, as `Promise.all` does. */
export function joined(parts: readonly Part[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const texts: Text[] = [];
    /** Put together by reference: to join them would copy them, once more for each place that they lie in. */
    const whole = () => texts.reduce<string>((text, next) => text + next, '');
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

/** graphql-js waits one turn longer for an object than for a list: which of several errors are told depends on it. */
const joinedFields = (parts: readonly Part[]): Promise<string> => joined(parts).then((text) => text);
