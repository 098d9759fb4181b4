import {
  type GraphQLArgument,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { type Random, sometimes } from './strange.js';
import { valueFor } from './values.js';

/** The body of a request. */
export interface Operation {
  query: string;
  variables?: unknown;
  operationName?: unknown;
  extensions?: unknown;
}

interface Writing {
  schema: GraphQLSchema;
  random: Random;
  /** Declared variables, as they stand in the operation. */
  declared: string[];
  variables: Record<string, unknown>;
  fragments: string[];
}

type Kind = 'query' | 'mutation' | 'subscription';

/** An operation that fits the schema, with literals and variables that mostly fit it too. */
export function validOperation(schema: GraphQLSchema, random: Random, kind: Kind): Operation {
  const writing: Writing = { schema, random, declared: [], variables: {}, fragments: [] };
  const root = {
    query: schema.getQueryType(),
    mutation: schema.getMutationType(),
    subscription: schema.getSubscriptionType(),
  };
  const selections = selectionOf(
    root[kind] as GraphQLObjectType,
    writing,
    kind === 'subscription' ? 1 : 2,
    4,
  );
  const head = writing.declared.length > 0 ? `${kind} O(${writing.declared.join(', ')})` : `${kind} O`;
  const { variables, fragments } = writing;
  return { query: [`${head} ${selections}`, ...fragments].join(' '), variables };
}

function selectionOf(type: GraphQLOutputType, writing: Writing, most: number, depth: number): string {
  const { schema, random } = writing;
  const named = getNamedType(type);
  const parts: string[] = [];
  if (isAbstractType(named)) {
    parts.push('__typename');
    for (const possible of schema.getPossibleTypes(named)) {
      if (sometimes(random, 0.4))
        parts.push(`... on ${possible.name} ${selectionOf(possible, writing, 3, depth - 1)}`);
    }
  } else if (isObjectType(named)) {
    const fields = Object.values(named.getFields()).filter(
      (field) => depth > 0 || !isCompositeType(getNamedType(field.type)),
    );
    for (let count = random.between(1, most); count > 0 && fields.length > 0; count--) {
      const field = random.pick(fields);
      // Asked for twice with other arguments, a field needs another name.
      const alias =
        field.args.length > 0 && count > 1
          ? `f${count}: `
          : sometimes(random, 0.1)
            ? `${alias_(random)}: `
            : '';
      const directive = sometimes(random, 0.05)
        ? ` @${random.pick(['include', 'skip'])}(if: ${random.pick(['true', 'false'])})`
        : '';
      const below = isCompositeType(getNamedType(field.type))
        ? ` ${selectionOf(field.type, writing, 4, depth - 1)}`
        : '';
      parts.push(`${alias}${field.name}${argumentsOf(field.args, writing)}${directive}${below}`);
    }
    if (parts.length === 0) parts.push('__typename');
    if (named.name !== 'Subscription' && sometimes(random, 0.06))
      return asFragment(named.name, parts, writing);
  }
  return `{ ${parts.join(' ')} }`;
}

const alias_ = (random: Random) => random.pick(['__proto__', 'constructor', 'x', 'id', 'toString', 'then']);

function asFragment(type: string, parts: string[], writing: Writing): string {
  const name = `F${writing.fragments.length}`;
  writing.fragments.push(`fragment ${name} on ${type} { ${parts.join(' ')} }`);
  return `{ ...${name} }`;
}

function argumentsOf(args: readonly GraphQLArgument[], writing: Writing): string {
  const { random } = writing;
  const given = args.filter((arg) => isNonNullType(arg.type) || sometimes(random, 0.3));
  if (given.length === 0) return '';
  const texts = given.map((arg) => {
    const value = valueFor(arg.type, arg.name, random);
    const literal = sometimes(random, 0.5) ? literalOf(value, arg.type) : null;
    if (literal !== null) return `${arg.name}: ${literal}`;
    const name = sometimes(random, 0.03)
      ? random.pick(['constructor', '__proto__'])
      : `v${writing.declared.length}`;
    writing.declared.push(`$${name}: ${arg.type}`);
    Object.defineProperty(writing.variables, name, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
    return `${arg.name}: $${name}`;
  });
  return `(${texts.join(', ')})`;
}

/** A JSON value as it stands in a document; null where a key of it is no name. */
function literalOf(value: unknown, type: GraphQLInputType | null): string | null {
  const nullable = type && getNullableType(type);
  if (typeof value === 'string') return isEnumType(nullable) ? value : JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) {
    const items = value.map((item) => literalOf(item, isListType(nullable) ? nullable.ofType : null));
    return items.includes(null) ? null : `[${items.join(', ')}]`;
  }
  const fields = Object.entries(value).map(([key, inner]) => {
    const field = isInputObjectType(nullable) ? nullable.getFields()[key] : undefined;
    const text = /^[A-Za-z_]\w*$/.test(key) ? literalOf(inner, field?.type ?? null) : null;
    return text === null ? null : `${key}: ${text}`;
  });
  return fields.includes(null) ? null : `{${fields.join(', ')}}`;
}
