const jsonOf = (value: unknown): unknown =>
  typeof (value as { toJSON?: unknown } | null)?.toJSON === 'function'
    ? (value as { toJSON(): unknown }).toJSON()
    : value;

/** Whether two values are the same JSON, whatever the order of their members; many times as fast as to write both. */
export function isSameJson(one: unknown, other: unknown): boolean {
  const [a, b] = [jsonOf(one), jsonOf(other)];
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    for (let index = 0; index < a.length; index++) if (!isSameJson(a[index], b[index])) return false;
    return true;
  }
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  for (const key of keys) {
    if (!Object.hasOwn(b, key)) return false;
    if (!isSameJson((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key])) return false;
  }
  return true;
}
