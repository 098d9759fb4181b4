/** Stands for every name beyond those that are told apart. */
const OTHER = '(other)';
/** Stands for none. */
const UNNAMED = '';

/**
 * Tells the first `most` names apart and takes the rest for one, so that what clients choose cannot make a series each.
 * Names longer than `maxLength` characters are among the rest.
 */
export function createKnownNames(most: number, maxLength: number): (name: string | null) => string {
  const known = new Set<string>();
  return (name) => {
    if (name === null) return UNNAMED;
    if (known.has(name)) return name;
    if (known.size >= most || name.length > maxLength) return OTHER;
    known.add(name);
    return name;
  };
}
