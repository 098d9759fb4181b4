import { type DocumentNode, type FieldNode, Kind, type SelectionSetNode, visit } from 'graphql';
import { ParleyError } from '../../domain/errors.js';

/** Pairs of fields, or of fragments, that would answer under one name: some 140 of one name are as many. */
const MAX_OVERLAPS = 10_000;

/** Levels of fields that are compared together. An operation has fewer, but a fragment may lie in itself. */
const MAX_LEVELS = 100;

type Fragments = ReadonlyMap<string, SelectionSetNode>;

/**
 * QUERY_TOO_COMPLEX for a document that asks for fields of one name so often that to compare each with each other, as its validation
 * does, would take long. To be asked before it is validated. Each list of fields is looked at with the fragments in it, and those below
 * fields of one name together, as they would be answered.
 */
export function checkOverlaps(document: DocumentNode): void {
  const fragments: Fragments = new Map(
    document.definitions.flatMap((one) =>
      one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one.selectionSet]] : [],
    ),
  );
  const check = createCheck(fragments);
  visit(document, { SelectionSet: (selections) => void check([selections]) });
}

function createCheck(fragments: Fragments): (sets: readonly SelectionSetNode[], level?: number) => void {
  let pairs = 0;

  function count(alike: number, level = 0): void {
    pairs += (alike * (alike - 1)) / 2;
    if (pairs <= MAX_OVERLAPS && level <= MAX_LEVELS) return;
    throw new ParleyError(
      'QUERY_TOO_COMPLEX',
      `The document asks for fields of one name so often that there are more than ${MAX_OVERLAPS} pairs of them. Ask for each once, or under names of their own.`,
      { details: { limit: MAX_OVERLAPS } },
    );
  }

  /** The fields of the sets by the names that they are answered under. */
  function gather(sets: readonly SelectionSetNode[]): Map<string, FieldNode[]> {
    const byName = new Map<string, FieldNode[]>();
    const spread = new Set<string>();
    const waiting = [...sets];
    for (let set = waiting.pop(); set; set = waiting.pop()) {
      for (const selection of set.selections) {
        if (selection.kind === Kind.FIELD) {
          const name = (selection.alias ?? selection.name).value;
          const alike = byName.get(name);
          if (alike) alike.push(selection);
          else byName.set(name, [selection]);
        } else if (selection.kind === Kind.INLINE_FRAGMENT) waiting.push(selection.selectionSet);
        else if (!spread.has(selection.name.value)) {
          spread.add(selection.name.value);
          const fragment = fragments.get(selection.name.value);
          if (fragment) waiting.push(fragment);
        }
      }
    }
    count(spread.size);
    return byName;
  }

  return function check(sets, level = 0) {
    for (const alike of gather(sets).values()) {
      if (alike.length === 1) continue;
      count(alike.length, level);
      const below = alike.flatMap(({ selectionSet }) => selectionSet ?? []);
      if (below.length > 1) check(below, level + 1);
    }
  };
}
