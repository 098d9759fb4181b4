import { setMember } from '../domain/json/json-value.js';
import type { Path, Plain, Spelling } from './plain.js';

/** The exact value of a plain one, which becomes it. */
export function exactOf({ value, spellings }: Plain): unknown {
  const root: { item: unknown } = { item: value };
  for (const spelling of spellings)
    changeAt(root, ['item', ...spelling.at], (plain) => fromSpelling(spelling, plain));
  return root.item;
}

/** Puts another value at a place that leads somewhere. */
export function changeAt(root: object, at: Path, to: (value: unknown) => unknown): void {
  let holder = root as Record<string | number, unknown>;
  for (const step of at.slice(0, -1)) holder = holder[step] as Record<string | number, unknown>;
  const last = at.at(-1) as string | number;
  setMember(holder, last, to(Object.getOwnPropertyDescriptor(holder, last)?.value));
}

/** The exact value that is spelled so. */
function fromSpelling(spelling: Spelling, plain: unknown): unknown {
  if ('surrogates' in spelling) {
    const units = (plain as string).split('');
    for (const [index, unit] of spelling.surrogates) units[index] = String.fromCharCode(unit);
    return units.join('');
  }
  if ('absent' in spelling) {
    for (const key of spelling.absent) setMember(plain as object, key, undefined);
    return plain;
  }
  if (spelling.as === 'undefined') return undefined;
  if (spelling.as === 'date') return new Date(plain === null ? Number.NaN : (plain as string));
  if (spelling.as === 'number') return Number(plain);
  if (spelling.as === 'bigint') return BigInt(plain as string);
  if (spelling.as === 'json') return JSON.parse(plain as string);
  return new Uint8Array(Buffer.from(plain as string, 'base64'));
}
