import type { Input } from './inputs.js';
import type { Operation } from './operations.js';

/** How long the smallest is looked for. */
const PATIENCE_MS = 60_000;

/** A smaller input for which `fails` holds too: parts are left out as long as that works. */
export async function shrink(input: Input, fails: (smaller: Input) => Promise<boolean>): Promise<Input> {
  let smallest = input;
  const until = performance.now() + PATIENCE_MS;
  for (let found = true; found; ) {
    found = false;
    for (const smaller of smallerThan(smallest)) {
      if (performance.now() > until) return smallest;
      if (!(await fails(smaller))) continue;
      smallest = smaller;
      found = true;
      break;
    }
  }
  return smallest;
}

function* smallerThan(input: Input): Iterable<Input> {
  if (input.kind === 'operation') {
    for (const operation of smallerOperations(input.operation)) yield { ...input, operation };
    return;
  }
  for (const pieces of without(input.pieces)) yield { ...input, pieces };
  for (const [index, piece] of input.pieces.entries()) {
    for (const bytes of without([...piece.toString('latin1')])) {
      yield { ...input, pieces: input.pieces.with(index, Buffer.from(bytes.join(''), 'latin1')) };
    }
  }
}

function* smallerOperations(operation: Operation): Iterable<Operation> {
  for (const key of ['extensions', 'operationName', 'variables'] as const) {
    const { [key]: left, ...rest } = operation;
    if (left !== undefined) yield rest;
  }
  for (const variables of smallerValues(operation.variables)) yield { ...operation, variables };
  for (const tokens of without(operation.query.split(' '))) yield { ...operation, query: tokens.join(' ') };
}

function* smallerValues(value: unknown): Iterable<unknown> {
  if (Array.isArray(value)) {
    yield* without(value);
    for (const [index, item] of value.entries())
      for (const smaller of smallerValues(item)) yield value.with(index, smaller);
  } else if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value);
    for (const fewer of without(entries)) yield Object.fromEntries(fewer);
    for (const [index, [key, inner]] of entries.entries()) {
      for (const smaller of smallerValues(inner))
        yield Object.fromEntries(entries.with(index, [key, smaller]));
    }
  } else if (typeof value === 'string' && value.length > 8) yield value.slice(0, value.length / 2);
}

/** The list without a half, a quarter, … one of its parts. */
function* without<T>(list: readonly T[]): Iterable<T[]> {
  for (let size = Math.ceil(list.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start < list.length; start += size) {
      if (size < list.length || list.length > 1) yield [...list.slice(0, start), ...list.slice(start + size)];
    }
  }
}
