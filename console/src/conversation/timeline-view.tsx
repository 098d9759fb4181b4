import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { counted, day, duration } from '../format.js';
import { shortModel } from '../sessions/describe.js';
import { useStore } from '../store.js';
import { Icon } from '../ui/icon.js';
import { useVirtual } from '../ui/use-virtual.js';
import { hasNewer, hasOlder } from './agent-window.js';
import type { Conversation } from './conversation.js';
import { estimateEntry } from './estimate-entry.js';
import type { Fold } from './fold-messages.js';
import { MessageView } from './message-view.js';
import type { MessagePlace } from './open-conversation.js';
import { buildTimeline, type Entry, keyOf } from './timeline.js';
import { useOpeningPlace } from './use-opening-place.js';
import { useTimelineKeys } from './use-timeline-keys.js';

interface TimelineViewProps {
  conversation: Conversation;
  agentIds: readonly string[];
  alone: boolean;
  linked: MessagePlace | null;
  /** Whether the keys of the page move this one. */
  keyed: boolean;
}

/** How near to an end what lies beyond it is loaded, in pixels. */
const NEAR = 1_200;
/** At the end, give or take. */
const END = 48;

/** The messages of some agents as one line of time that holds the place under the eye. */
export function TimelineView({ conversation, agentIds, alone, linked, keyed }: TimelineViewProps) {
  const { windows, replies, loading, details } = useStore(conversation.state);
  const shown = useMemo(() => agentIds.flatMap((id) => windows.get(id) ?? []), [agentIds, windows]);
  const linkedKey = linked && keyOf(linked.agentId, linked.position);
  const [opened, setOpened] = useState<ReadonlyMap<string, boolean>>(new Map());
  const entries = useMemo(
    () => buildTimeline(shown, { alone, replies, opened, linkedKey }),
    [shown, alone, replies, opened, linkedKey],
  );
  const scroller = useRef<HTMLDivElement>(null);
  const older = shown.some(hasOlder);
  const newer = shown.some(hasNewer);
  const virtualizer = useVirtual(scroller, {
    count: entries.length,
    getItemKey: (index) => entries[index]?.key ?? String(index),
    estimateSize: (index) => estimateEntry(entries[index]),
    anchorTo: 'end',
    followOnAppend: !newer,
    scrollEndThreshold: END,
    overscan: 6,
    paddingStart: 24,
    paddingEnd: 48,
  });
  const items = virtualizer.getVirtualItems();

  const placed = useOpeningPlace(virtualizer, entries, linkedKey);
  const extend = (direction: 'older' | 'newer') => void conversation.extend(agentIds, direction);
  const offset = virtualizer.scrollOffset ?? 0;
  const nearEnd = virtualizer.getTotalSize() - offset - (virtualizer.scrollRect?.height ?? 0) < NEAR;
  useEffect(() => {
    if (loading !== null || !placed || !virtualizer.scrollRect?.height) return;
    if (older && offset < NEAR) extend('older');
    else if (newer && nearEnd) extend('newer');
  });

  const atEnd = !newer && virtualizer.isAtEnd(END);
  const total = shown.reduce((sum, window) => sum + window.total, 0);
  const unseen = useUnseen(total, atEnd);
  useEffect(() => conversation.followEnd(atEnd), [conversation, atEnd]);
  const toEnd = async () => {
    if (newer) await conversation.open(null);
    virtualizer.scrollToEnd();
  };
  useTimelineKeys({
    keyed,
    entries,
    virtualizer,
    older,
    newer,
    extend,
    toEnd,
  });

  const ids = details?.agents.map(({ agentId }) => agentId) ?? [];
  const modelOf = (id: string) => details?.agents.find(({ agentId }) => agentId === id)?.model ?? null;
  return (
    <div class="timeline">
      <div class="timeline-scroll" ref={scroller} role="log" aria-label="Messages" aria-live="off">
        <div class="timeline-body" style={{ height: `${virtualizer.getTotalSize()}px` }}>
          {items.map(({ index, key, start }) => {
            const entry = entries[index];
            if (!entry) return null;
            return (
              <div
                key={String(key)}
                class="placed-entry"
                data-index={index}
                ref={virtualizer.measureElement}
                style={{ transform: `translateY(${start}px)` }}
              >
                {entry.kind === 'message' ? (
                  <MessageView
                    entry={entry}
                    agent={Math.max(0, ids.indexOf(entry.agentId))}
                    several={ids.length > 1}
                    model={shortModelOf(modelOf(entry.agentId))}
                    linked={entry.key === linkedKey}
                  />
                ) : entry.kind === 'fold' ? (
                  <FoldLine fold={entry} set={(open) => setOpened(new Map(opened).set(entry.key, open))} />
                ) : (
                  <Interval entry={entry} />
                )}
              </div>
            );
          })}
        </div>
      </div>
      {loading === 'older' && <p class="timeline-loading faint">Loading older messages…</p>}
      {!atEnd && entries.length > 0 && (
        <button type="button" class="pill end-pill" onClick={toEnd}>
          <Icon name="arrowDown" /> {unseen > 0 ? `${counted(unseen, 'new message')}` : 'To the end'}
        </button>
      )}
    </div>
  );
}

const shortModelOf = (model: string | null) => (model === null ? null : shortModel(model));

function FoldLine({ fold: { of, count, open }, set }: { fold: Fold; set(open: boolean): void }) {
  return (
    <p class="interval fold">
      <button type="button" class="fold-toggle" aria-expanded={open} onClick={() => set(!open)}>
        <Icon name="chevron" /> {counted(count, of)}
      </button>
    </p>
  );
}

function Interval({ entry }: { entry: Exclude<Entry, { kind: 'message' | 'fold' }> }) {
  return (
    <p class={`interval ${entry.kind}`}>
      {entry.kind === 'day' ? day(entry.at) : `${duration(entry.ms)} later`}
    </p>
  );
}

/** Messages that have come since the end was last seen. */
function useUnseen(total: number, atEnd: boolean): number {
  const [seen, setSeen] = useState(total);
  if (atEnd && seen !== total) setSeen(total);
  return Math.max(0, total - seen);
}
