/** One thing that is different between two states of metadata, at a dotted path. */
export interface Change {
  path: string;
  kind: 'set' | 'removed';
  /** Undefined: there was none. */
  before: unknown;
  after: unknown;
}

type Metadata = Readonly<Record<string, unknown>>;

/** What has to be set and removed to make `after` of `before`. Lists compare whole; nothing else is touched. */
export function changesOf(before: Metadata, after: Metadata, prefix = ''): Change[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key): Change[] => {
    const path = prefix + key;
    const [old, now] = [before[key], after[key]];
    if (!Object.hasOwn(after, key)) return [{ path, kind: 'removed', before: old, after: undefined }];
    if (isObject(old) && isObject(now)) return changesOf(old, now, `${path}.`);
    return JSON.stringify(old) === JSON.stringify(now)
      ? []
      : [{ path, kind: 'set', before: old, after: now }];
  });
}

export const isObject = (value: unknown): value is Metadata =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
