import { useKeys } from '../ui/keys.js';
import type { RowVirtualizer } from '../ui/use-virtual.js';
import type { Entry } from './timeline.js';

interface TimelineKeys {
  keyed: boolean;
  entries: readonly Entry[];
  virtualizer: RowVirtualizer;
  older: boolean;
  newer: boolean;
  extend(direction: 'older' | 'newer'): void;
  toEnd(): void;
}

const isMessage = (entry: Entry) => entry.kind === 'message';
const isUsers = (entry: Entry) =>
  entry.kind === 'message' &&
  entry.message.role === 'USER' &&
  entry.message.author === null &&
  entry.blocks.some(({ __typename }) => __typename !== 'ToolResultBlock');

/** Moves from message to message, and from user message to user message. */
export function useTimelineKeys(given: TimelineKeys): void {
  const { keyed, entries, virtualizer, older, newer, extend, toEnd } = given;
  const current = () => {
    // The entry at the top, with a little room above it.
    const at = virtualizer.getVirtualItemForOffset((virtualizer.scrollOffset ?? 0) + 24);
    return at?.index ?? 0;
  };
  const forward = (fits: (entry: Entry) => boolean) => {
    const index = entries.findIndex((entry, at) => at > current() && fits(entry));
    if (index !== -1) virtualizer.scrollToIndex(index, { align: 'start' });
    // Keys are quicker than pages: what comes next is waited for, not jumped over.
    else if (newer) extend('newer');
    else toEnd();
  };
  const backward = (fits: (entry: Entry) => boolean) => {
    const index = entries.findLastIndex((entry, at) => at < current() && fits(entry));
    if (index !== -1) virtualizer.scrollToIndex(index, { align: 'start' });
    else if (older) extend('older');
    else virtualizer.scrollToOffset(0);
  };
  useKeys(
    keyed
      ? {
          j: () => forward(isMessage),
          k: () => backward(isMessage),
          n: () => forward(isUsers),
          p: () => backward(isUsers),
          G: toEnd,
        }
      : {},
  );
}
