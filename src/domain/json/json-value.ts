/** A value that JSON can hold, as `JSON.parse` gives it: `__proto__` is an own key like any other. */
export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject;
export type JsonObject = { [key: string]: JsonValue };

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object, or an empty one in its place: for reading members of what may be anything. */
export const bodyOf = (value: JsonValue | undefined): JsonObject => (isJsonObject(value) ? value : {});

/** Sets a member as an own one, whatever its name. */
export function setMember(holder: object, key: string | number, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
  else (holder as Record<string | number, unknown>)[key] = value;
}

/** A copy of its own, in a part of the time that `structuredClone` takes. */
export function copyOf(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(copyOf);
  if (!isJsonObject(value)) return value;
  const copy: JsonObject = { ...value };
  for (const key of Object.keys(copy)) {
    const member = copy[key] as JsonValue;
    if (typeof member === 'object' && member !== null) setMember(copy, key, copyOf(member));
  }
  return copy;
}

export function textOr<T>(value: JsonValue | undefined, otherwise: T): string | T {
  return typeof value === 'string' ? value : otherwise;
}
