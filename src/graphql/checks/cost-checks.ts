import { type DocumentNode, Kind, type OperationDefinitionNode, visit } from 'graphql';
import { charactersLeft } from '../../domain/json/json-size.js';
import { createLru } from '../../domain/lru.js';
import { checkCost } from './limits.js';
import type { Variables } from './operation-size.js';

/** The arguments that say how much is asked for. */
const SIZES = new Set(['first', 'last', 'paths']);
/** Sizes of pages that an operation was measured with and passed; a further one is measured anew each time. */
const MAX_MEASURED = 32;
/** A variable of up to one of these lengths counts as one of that length, so that most have one cost. */
const LONGEST = 16_384;
const LENGTHS = [256, 2_048, LONGEST].map((length) => ' '.repeat(length));

/**
 * What an operation costs, or about; throws as `checkLimits` does where it is too much. Where no variable is very long it is measured once for each choice of
 * pages, with variables that are as long as these may be.
 */
export function costChecksOf(
  document: DocumentNode,
  operation: OperationDefinitionNode,
): (variables: Variables) => number {
  const passed = createLru<string, number>(MAX_MEASURED);
  const sizes = sizesIn(document);
  const declared = (operation.variableDefinitions ?? []).map(({ variable }) => variable.name.value);
  return (variables) => {
    let longest = 0;
    let key = '';
    for (const name of declared) {
      if (!Object.hasOwn(variables, name)) continue;
      longest = Math.max(longest, LONGEST - charactersLeft(variables[name], LONGEST));
      key += `,${name}`;
    }
    for (const name of sizes) key += `,${sizeOf(variables, name)}`;
    const length = LENGTHS.find((one) => one.length >= longest);
    if (length !== undefined) {
      key += `,${length.length}`;
      const known = passed.get(key);
      if (known !== undefined) return known;
      const given = declared.filter((name) => Object.hasOwn(variables, name));
      const asLong = Object.fromEntries(given.map((name) => [name, length]));
      const cost = orNull(() => checkCost(document, operation, variables, asLong));
      if (cost !== null) {
        passed.set(key, cost);
        return cost;
      }
    }
    return checkCost(document, operation, variables, variables);
  };
}

function orNull(check: () => number): number | null {
  try {
    return check();
  } catch {
    return null;
  }
}

/** The variables that the size of a page may depend on. */
function sizesIn(document: DocumentNode): string[] {
  const names = new Set<string>();
  visit(document, {
    Argument({ name, value }) {
      if (value.kind === Kind.VARIABLE && SIZES.has(name.value)) names.add(value.name.value);
    },
  });
  return [...names];
}

/** All that it depends on of a variable. */
function sizeOf(variables: Variables, name: string): string {
  if (!Object.hasOwn(variables, name)) return 'default';
  const value = variables[name];
  return Array.isArray(value) ? `[${value.length}]` : String(typeof value === 'number' ? value : null);
}
