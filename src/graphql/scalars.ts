import { GraphQLScalarType, Kind, print, type ValueNode } from 'graphql';
import { JsonText } from '../domain/json/json-text.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../domain/json/json-value.js';

/** RFC 3339 with a zone. The days of the month are checked apart: `Date` takes the 30th of February for one in March. */
const DATE_TIME =
  /^(\d{4})-(0[1-9]|1[0-2])-(\d{2})T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

/** Marks a scalar whose texts hold nothing that JSON writes with an escape. */
export const PLAIN = 'plain';

const DateTime = new GraphQLScalarType<Date, string>({
  name: 'DateTime',
  extensions: { [PLAIN]: true },
  description: 'A point in time as ISO 8601 in UTC with milliseconds, such as 2025-01-31T09:30:00.000Z.',
  serialize: (value) => isoText(value as Date),
  parseValue: toDate,
  parseLiteral: (node) => toDate(node.kind === Kind.STRING ? node.value : print(node)),
});

const JSONScalar = new GraphQLScalarType<JsonValue, unknown>({
  name: 'JSON',
  description: 'Any JSON value.',
  serialize: toValue,
  parseValue: (value) => value as JsonValue,
  parseLiteral: jsonOfLiteral,
});

const JSONObject = new GraphQLScalarType<JsonObject, unknown>({
  name: 'JSONObject',
  description: 'A JSON object.',
  serialize: toValue,
  parseValue: toJsonObject,
  parseLiteral: (node, variables) => toJsonObject(jsonOfLiteral(node, variables)),
});

const Long = new GraphQLScalarType<number, number>({
  name: 'Long',
  description: 'An integer of up to 53 bits, for token counts that pass 2^31.',
  serialize: toLong,
  parseValue: toLong,
  parseLiteral: (node) => toLong(node.kind === Kind.INT ? Number(node.value) : print(node)),
});

/** Of what is at hand as JSON the value. */
function toValue(value: unknown): unknown {
  return value instanceof JsonText ? value.valueOf() : value;
}

const MINUTE_MS = 60_000;
let lastMinute = Number.NaN;
let lastText = '';

/** As `toISOString`. The times of one answer often lie in one minute, whose text is made once. */
function isoText(date: Date): string {
  const ms = date.getTime();
  const minute = Math.floor(ms / MINUTE_MS);
  if (minute !== lastMinute) {
    lastText = date.toISOString().slice(0, -'00.000Z'.length);
    lastMinute = minute;
  }
  const rest = ms - minute * MINUTE_MS;
  const text = String(rest);
  const digits = '00000'.slice(text.length) + text;
  return `${lastText}${digits.slice(0, 2)}.${digits.slice(2)}Z`;
}

export const scalars = { DateTime, JSON: JSONScalar, JSONObject, Long };

function toDate(value: unknown): Date {
  const [, year, month, day] = (typeof value === 'string' && DATE_TIME.exec(value)) || [];
  if (Number(day) >= 1 && Number(day) <= daysIn(Number(year), Number(month)))
    return new Date(value as string);
  throw refused('DateTime', value, 'write it as 2025-01-31T09:30:00.000Z, with a zone');
}

/** `Date` takes a year below 100 for one of the last century; leap years repeat every 400. */
const daysIn = (year: number, month: number) =>
  new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();

function toJsonObject(value: unknown): JsonObject {
  if (isJsonObject(value)) return value;
  throw refused('JSONObject', value, 'it takes an object');
}

function toLong(value: unknown): number {
  if (Number.isSafeInteger(value)) return value as number;
  throw refused('Long', value, 'it takes an integer of up to 53 bits');
}

/** The JSON of a literal in a document. A variable that was not given is null. */
function jsonOfLiteral(node: ValueNode, variables?: { [name: string]: unknown } | null): JsonValue {
  switch (node.kind) {
    case Kind.STRING:
    case Kind.BOOLEAN:
      return node.value;
    case Kind.INT:
    case Kind.FLOAT:
      return Number(node.value);
    case Kind.NULL:
      return null;
    case Kind.LIST:
      return node.values.map((item) => jsonOfLiteral(item, variables));
    case Kind.OBJECT:
      // Not by assignment: `__proto__` is a key like any other.
      return Object.fromEntries(
        node.fields.map((field) => [field.name.value, jsonOfLiteral(field.value, variables)]),
      );
    case Kind.VARIABLE: {
      const { value: name } = node.name;
      // `$constructor` is a name like any other, and `variables` may have a prototype.
      return variables && Object.hasOwn(variables, name) ? (variables[name] as JsonValue) : null;
    }
    case Kind.ENUM:
      throw refused('JSON', node.value, 'text stands in quotes');
  }
}

const refused = (type: string, value: unknown, right: string) =>
  new TypeError(`${type} cannot represent ${shown(value)}: ${right}.`);

/** A caller's value as it may stand in an error: short, whatever it is. */
function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
