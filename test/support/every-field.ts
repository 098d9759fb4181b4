import {
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  getNamedType,
  isAbstractType,
  isNonNullType,
  isObjectType,
  parse,
  visit,
} from 'graphql';
import { createSchema } from '../../src/graphql/schema.js';

const schema = createSchema();

/** What is given for arguments that a field needs; one that is missing here makes `everyField` throw. */
const GIVEN: Record<string, string> = {
  agentId: '"a"',
  clientId: '"client"',
  replyId: '"none"',
  key: '"k"',
};

/** The object types that a value of this type may be. */
const objectsOf = (type: GraphQLNamedType): readonly GraphQLObjectType[] =>
  isObjectType(type) ? [type] : isAbstractType(type) ? schema.getPossibleTypes(type) : [];

function called({ name, args }: GraphQLField<unknown, unknown>): string {
  const given = args.flatMap(({ name: argument, type, defaultValue }) => {
    if (argument === 'first') return ['first: 1'];
    if (!isNonNullType(type) || defaultValue !== undefined) return [];
    if (!(argument in GIVEN)) throw new Error(`nothing is given for ${name}(${argument})`);
    return [`${argument}: ${GIVEN[argument]}`];
  });
  return given.length > 0 ? `${name}(${given.join(', ')})` : name;
}

/** The name of what the field gives. */
const typeOf = (field: GraphQLField<unknown, unknown>) => getNamedType(field.type);

/** Of what an operation may ask for: 1,000. */
const MOST_FIELDS = 900;

const countOf = (selection: string): number => {
  let fields = 0;
  visit(parse(`{ ${selection} }`), { Field: () => void fields++ });
  return fields;
};

/** The same as several selections, each of which one operation may ask for. */
export function everyFieldApart(typeName: string, levels: number, without: readonly string[]): string[] {
  const pieces = objectsOf(schema.getType(typeName) as GraphQLNamedType).flatMap((object) =>
    Object.values(object.getFields()).flatMap((field) => {
      const others = Object.keys(object.getFields()).filter((name) => name !== field.name);
      if (without.includes(field.name)) return [];
      const selected = everyField(object.name, levels, without, [], others);
      const isOne = isObjectType(schema.getType(typeName));
      return [{ on: object.name, selection: isOne ? selected : `... on ${object.name} { ${selected} }` }];
    }),
  );
  const apart: { on: string; selection: string; fields: number }[] = [];
  for (const { on, selection } of pieces) {
    const fields = countOf(selection);
    const last = apart.at(-1);
    // Of all events a field of one name has one type; of other objects it may have several.
    const isLike = last?.on === on || typeName === 'Event';
    if (last && isLike && last.fields + fields <= MOST_FIELDS) {
      last.selection += ` ${selection}`;
      last.fields += fields;
    } else apart.push({ on, selection, fields });
  }
  return apart.map(({ selection }) => selection);
}

/** All fields of an object type, and all of theirs down to so many levels, but for some names; no type stands within itself. */
export function everyField(
  typeName: string,
  levels: number,
  without: readonly string[] = [],
  within: readonly string[] = [],
  /** Of the type itself. */
  not: readonly string[] = [],
): string {
  const type = schema.getType(typeName) as GraphQLNamedType;
  const parts = objectsOf(type).map((object) => {
    const fields = Object.values(object.getFields()).flatMap((field) => {
      const below = typeOf(field);
      if (without.includes(field.name) || not.includes(field.name)) return [];
      if (objectsOf(below).length === 0) return [called(field)];
      if (levels <= 1 || within.includes(below.name) || below.name === typeName) return [];
      const selected = everyField(below.name, levels - 1, without, [...within, typeName]);
      return [`${called(field)} { ${selected} }`];
    });
    return isObjectType(type) ? fields.join(' ') : `... on ${object.name} { ${fields.join(' ')} }`;
  });
  return ['__typename', ...parts].join(' ');
}

/** The type of a root field. */
export function answerOf(label: string): string {
  const [root = '', name = ''] = label.split('.');
  const { [name]: field } = (schema.getType(root) as GraphQLObjectType).getFields();
  if (!field) throw new Error(`there is no ${label}`);
  return typeOf(field).name;
}

export interface FieldPath {
  /** The object that has it, and its name. */
  on: string;
  field: string;
  /** Under the answer's type, with whatever has to be selected of it. */
  selection: string;
}

/** Each field below an answer by itself: of the answer, and of the objects in it. */
export function fieldsOf(typeName: string): FieldPath[] {
  const answer = schema.getType(typeName) as GraphQLObjectType;
  return Object.values(answer.getFields()).flatMap((field): FieldPath[] => {
    const below = typeOf(field);
    if (!isObjectType(below)) return [{ on: typeName, field: field.name, selection: called(field) }];
    return Object.values(below.getFields()).map((inner) => {
      const type = typeOf(inner);
      const selected = objectsOf(type).length > 0 ? ` { ${everyField(type.name, 1)} }` : '';
      return {
        on: below.name,
        field: inner.name,
        selection: `${field.name} { ${called(inner)}${selected} }`,
      };
    });
  });
}
