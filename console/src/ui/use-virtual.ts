import {
  defaultRangeExtractor,
  elementScroll,
  observeElementOffset,
  observeElementRect,
  type Range,
  Virtualizer,
  type VirtualizerOptions,
} from '@tanstack/virtual-core';
import type { RefObject } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { forgetSizes } from './forget-sizes.js';

export type RowVirtualizer = Virtualizer<HTMLElement, HTMLElement>;

type Given = Pick<VirtualizerOptions<HTMLElement, HTMLElement>, 'count' | 'estimateSize'> &
  Partial<VirtualizerOptions<HTMLElement, HTMLElement>> & {
    getItemKey: (index: number) => string;
  };

/** What is drawn of a range, and one item more where it lies outside; -1: none. */
export function withIndex(range: Range, index: number): number[] {
  const drawn = defaultRangeExtractor(range);
  if (index < 0 || drawn.includes(index)) return drawn;
  return index < range.startIndex ? [index, ...drawn] : [...drawn, index];
}

/**
 * Draws only what of a long list is looked at. What is anchored to the end keeps its place under the eye when items come in above,
 * and follows new ones while the end is shown.
 */
export function useVirtual(scroller: RefObject<HTMLElement | null>, given: Given): RowVirtualizer {
  const [, redraw] = useState({});
  const options = {
    observeElementRect,
    observeElementOffset,
    scrollToFn: elementScroll,
    getScrollElement: () => scroller.current,
    overscan: 8,
    onChange: () => redraw({}),
    ...given,
  };
  const held = useRef<RowVirtualizer>(undefined);
  held.current ??= new Virtualizer<HTMLElement, HTMLElement>(options);
  const virtualizer = held.current;
  virtualizer.setOptions(options);
  forgetSizes(virtualizer, given.count, given.getItemKey);
  useLayoutEffect(() => virtualizer._didMount(), [virtualizer]);
  useLayoutEffect(() => virtualizer._willUpdate());
  return virtualizer;
}
