import { useEffect, useState } from 'preact/hooks';

/** Where rows have two lines of cells, as on a phone. The styles have the same width. */
const NARROW = matchMedia('(max-width: 760px)');
const HEIGHT = 52;
const NARROW_HEIGHT = 76;

const current = () => (NARROW.matches ? NARROW_HEIGHT : HEIGHT);

/** How high each row is, in px. All are the same: none has to be measured, which would lay out the page with every turn of the wheel. */
export function useRowHeight(): number {
  const [height, setHeight] = useState(current);
  useEffect(() => {
    const changed = () => setHeight(current());
    NARROW.addEventListener('change', changed);
    return () => NARROW.removeEventListener('change', changed);
  }, []);
  return height;
}
