import { after, type Later } from '../domain/later.js';
import type { LiveEvent } from '../domain/live/live-events.js';

/** What results are made with. */
export interface ResultsSource {
  /** Executes the operation for each of the events; the JSON of its results in UTF-8, errors masked. */
  execute(events: readonly LiveEvent[]): Later<Buffer[]>;
  /** Rises when any message was changed: a result that was made before may show what was redacted since. */
  revision(): number;
  /** The event as it is now; null where what it tells of is gone. Rejects once `signal` aborts. */
  refreshed(event: LiveEvent, signal: AbortSignal): Promise<LiveEvent | null>;
}

/** The results of some events, for as long as it takes to send them. */
export interface EventResults {
  /** JSON in UTF-8, one for each event whose message is still there: made again where any message was changed since. */
  current(): Later<readonly Buffer[]>;
  /** The first `count` have been sent. */
  drop(count: number): void;
}

/** `loadedAt`: the revision at which the events are as they are now. */
export function createEventResults(
  events: readonly LiveEvent[],
  { execute, revision, refreshed }: ResultsSource,
  signal: AbortSignal,
  loadedAt = revision(),
): EventResults {
  let left = events;
  let since = loadedAt;
  let made: readonly Buffer[] | null = null;

  const make = (): Later<readonly Buffer[]> =>
    after(left.length === 0 ? [] : execute(left), (results) => {
      made = results;
      return results;
    });

  async function refresh(): Promise<readonly Buffer[]> {
    since = revision();
    const now: LiveEvent[] = [];
    for (const event of left) {
      const current = await refreshed(event, signal);
      if (current) now.push(current);
    }
    left = now;
    return make();
  }

  return {
    current: () => after(made ?? make(), (results) => (revision() === since ? results : refresh())),
    drop(count) {
      left = left.slice(count);
      made = made?.slice(count) ?? null;
    },
  };
}
