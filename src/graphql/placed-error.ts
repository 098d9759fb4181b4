import {
  type ASTNode,
  type FieldNode,
  GraphQLError,
  type GraphQLErrorExtensions,
  type GraphQLFormattedError,
  type Location,
  locatedError,
  type Source,
  type SourceLocation,
} from 'graphql';
import { LINE_ENDS } from './checks/limits.js';

/** Why a field has no value, and where that is. Of these there may be as many as there are fields: no error with a stack of its own is made. */
export class PlacedError {
  constructor(
    readonly originalError: Error,
    readonly locations: readonly SourceLocation[] | undefined,
    readonly path: readonly (string | number)[],
  ) {}

  get message(): string {
    return this.originalError.message;
  }

  get extensions(): GraphQLErrorExtensions {
    const { extensions } = this.originalError as Partial<GraphQLError>;
    return typeof extensions === 'object' ? (extensions ?? {}) : {};
  }

  toJSON(): GraphQLFormattedError {
    const { message, locations, path, extensions } = this;
    const further = Object.keys(extensions).length > 0 ? { extensions } : {};
    return locations ? { message, locations, path, ...further } : { message, path, ...further };
  }
}

/** What a field has thrown, and where: as `locatedError` of graphql-js has it. */
export function placed(
  raw: unknown,
  nodes: readonly FieldNode[],
  path: readonly (string | number)[],
): PlacedError | GraphQLError {
  if (raw instanceof PlacedError) return raw;
  const own = raw instanceof GraphQLError ? raw : null;
  // These are few: what was thrown is no error, or knows its place.
  if (!(raw instanceof Error) || own?.path || (own?.positions && !own.nodes))
    return locatedError(raw, nodes, path);
  return new PlacedError(raw, locationsOf(own?.nodes ?? nodes), path);
}

/** Once for the fields of all objects of a list. */
const known = new WeakMap<readonly ASTNode[], readonly SourceLocation[]>();

function locationsOf(nodes: readonly ASTNode[]): readonly SourceLocation[] | undefined {
  const found = known.get(nodes) ?? nodes.flatMap(({ loc }) => (loc ? locationOf(loc) : []));
  known.set(nodes, found);
  return found.length > 0 ? found : undefined;
}

/** Where the lines of a document end, and behind that: it is gone through once, and not for each place in it. */
const ends = new WeakMap<Source, readonly { index: number; next: number }[]>();

/** As `getLocation` of graphql-js has it. */
function locationOf({ source, start }: Location): SourceLocation {
  const lines =
    ends.get(source) ??
    Array.from(source.body.matchAll(LINE_ENDS), ({ index, 0: end }) => ({ index, next: index + end.length }));
  ends.set(source, lines);
  let low = 0;
  for (let high = lines.length; low < high; ) {
    const middle = (low + high) >> 1;
    if ((lines[middle]?.index ?? 0) < start) low = middle + 1;
    else high = middle;
  }
  return { line: low + 1, column: start + 1 - (lines[low - 1]?.next ?? 0) };
}
