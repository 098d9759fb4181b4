/** A value that JSON can hold, as `JSON.parse` gives it: `__proto__` is an own key like any other. */
export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject;
export type JsonObject = { [key: string]: JsonValue };

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object, or an empty one in its place: for reading members of what may be anything. */
export const bodyOf = (value: JsonValue | undefined): JsonObject => (isJsonObject(value) ? value : {});

export function textOr<T>(value: JsonValue | undefined, otherwise: T): string | T {
  return typeof value === 'string' ? value : otherwise;
}
