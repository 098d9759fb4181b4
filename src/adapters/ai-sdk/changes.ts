import type { PositionRange } from '../../domain/sessions/model.js';

/** A message as it stands. */
export interface Standing {
  position: number;
  id: string;
  role: string;
  /** It is no more what was saved, nor will be. */
  redacted: boolean;
  /** Whether whoever saves has seen it: what has not been seen is never taken away. */
  known: boolean;
}

/** A message to be saved. */
interface Listed {
  id: string;
  role: string;
}

export interface Changes<M, S> {
  /** What stands no more, in order. */
  gone: S[];
  /** What comes at the end. */
  added: M[];
  /** What stays, in order: the start of the list. */
  kept: S[];
}

/**
 * What makes the list out of what stands. Messages that stand in the list's order stay; from the first one on that has changed, or is missing, the list is
 * appended, and what it holds stands no more. What is known and not in the list is gone; what others have added meanwhile stays.
 */
export function changesTo<M extends Listed, S extends Standing>(
  list: readonly M[],
  standing: readonly S[],
  isSame: (one: M, other: S) => boolean,
): Changes<M, S> {
  const ids = new Set(list.map(({ id }) => id));
  const gone: S[] = [];
  const kept: S[] = [];
  let differs = false;
  /** Of the message that takes the place of the first that has changed. */
  let id = '';
  for (const one of standing) {
    const next = list[kept.length];
    const inPlace = !differs && next !== undefined && isIts(next, one);
    if (inPlace && (one.redacted || isSame(next, one))) kept.push(one);
    else if (inPlace || ids.has(one.id)) {
      if (inPlace) id = one.id;
      differs = true;
      gone.push(one);
    } else if (one.known) gone.push(one);
  }
  const added = list.slice(kept.length);
  const [first, ...others] = added;
  return { gone, kept, added: first?.id === '' && id !== '' ? [{ ...first, id }, ...others] : added };
}

/** A message without an id is the one that was given an id when it was saved in its place. */
const isIts = (next: Listed, { id, role, known }: Standing): boolean =>
  next.id === id || (next.id === '' && known && next.role === role);

/** In whatever order they are given. */
export function rangesOf(gone: readonly { position: number }[]): PositionRange[] {
  const ranges: PositionRange[] = [];
  for (const position of gone.map((one) => one.position).sort((one, other) => one - other)) {
    const last = ranges.at(-1);
    if (last && last.to === position - 1) last.to = position;
    else ranges.push({ from: position, to: position });
  }
  return ranges;
}
