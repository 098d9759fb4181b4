import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { RowVirtualizer } from '../ui/use-virtual.js';
import type { Entry } from './timeline.js';

/** How long a place is corrected while what lies above it is measured. */
const SETTLING_MS = 150;
const END = 'end';

/**
 * Opens at the linked message, else at the end; again for each link that is followed. Whether the place is reached: until then
 * nothing is loaded above it, which would move it.
 */
export function useOpeningPlace(
  virtualizer: RowVirtualizer,
  entries: readonly Entry[],
  linkedKey: string | null,
): boolean {
  const asked = useRef<string | null>(null);
  const [reached, setReached] = useState<string | null>(null);
  const linked = entries.findIndex(({ key }) => key === linkedKey);
  // A link to what is not there opens the end.
  const wanted = linked === -1 ? END : linkedKey;
  const index = linked === -1 ? entries.length - 1 : linked;
  useLayoutEffect(() => {
    if (index === -1 || asked.current === wanted) return;
    // Who takes a link away stays where they are.
    if (wanted !== END) virtualizer.scrollToIndex(index, { align: 'center' });
    else if (asked.current === null) virtualizer.scrollToEnd();
    asked.current = wanted;
  });
  const { range } = virtualizer;
  const seen = range !== null && index >= range.startIndex && index <= range.endIndex;
  useEffect(() => {
    if (!seen || reached === wanted) return;
    const timer = setTimeout(() => {
      virtualizer.cancelScroll();
      setReached(wanted);
    }, SETTLING_MS);
    return () => clearTimeout(timer);
  }, [seen, reached, wanted, virtualizer]);
  return reached !== null && (wanted === END || reached === wanted);
}
