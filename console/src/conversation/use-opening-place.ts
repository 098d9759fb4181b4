import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { RowVirtualizer } from '../ui/use-virtual.js';
import type { Entry } from './timeline.js';

/** How long a place is corrected while what lies above it is measured. */
const SETTLING_MS = 150;
const END = 'end';
/** What a reader scrolls with. */
const HANDS = ['wheel', 'touchmove', 'pointerdown', 'keydown'] as const;

/**
 * Opens at the linked message, else at the end; again for each link that is followed. Whether the place is reached: until then
 * nothing is loaded above it, which would move it. It ends some time after the place was first in sight, also where it has gone
 * out of sight since, and at once where the reader takes over.
 */
export function useOpeningPlace(
  virtualizer: RowVirtualizer,
  entries: readonly Entry[],
  linkedKey: string | null,
): boolean {
  const asked = useRef<string | null>(null);
  const [reached, setReached] = useState<string | null>(null);
  const settling = useRef<ReturnType<typeof setTimeout>>(undefined);
  const linked = entries.findIndex(({ key }) => key === linkedKey);
  // A link to what is not there opens the end.
  const wanted = linked === -1 ? END : linkedKey;
  const index = linked === -1 ? entries.length - 1 : linked;
  const empty = index === -1;
  useLayoutEffect(() => {
    if (empty || asked.current === wanted) return;
    // Who takes a link away stays where they are.
    if (wanted !== END) virtualizer.scrollToIndex(index, { align: 'center' });
    else if (asked.current === null) virtualizer.scrollToEnd();
    asked.current = wanted;
    clearTimeout(settling.current);
    settling.current = undefined;
  });
  const { range } = virtualizer;
  // By itself it calls off nothing: the list may be on its way to an end that is new.
  const settle = useCallback(() => {
    clearTimeout(settling.current);
    settling.current = undefined;
    setReached(asked.current);
  }, []);
  const takeOver = useCallback(() => {
    virtualizer.cancelScroll();
    settle();
  }, [virtualizer, settle]);
  const seen = range !== null && index >= range.startIndex && index <= range.endIndex;
  useEffect(() => {
    if (seen && reached !== wanted) settling.current ??= setTimeout(settle, SETTLING_MS);
  });
  useEffect(() => {
    if (empty || reached === wanted) return;
    for (const hand of HANDS) addEventListener(hand, takeOver, { capture: true, passive: true });
    return () => {
      for (const hand of HANDS) removeEventListener(hand, takeOver, { capture: true });
    };
  }, [empty, reached, wanted, takeOver]);
  useEffect(() => () => clearTimeout(settling.current), []);
  return reached !== null && (wanted === END || reached === wanted);
}
