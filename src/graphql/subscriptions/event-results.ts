import { isPromise, type Later } from '../../domain/async/later.js';
import type { LiveEvent } from '../../domain/live/live-events.js';

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
export const createEventResults = (
  events: readonly LiveEvent[],
  source: ResultsSource,
  signal: AbortSignal,
  loadedAt = source.revision(),
): EventResults => new Results(events, source, signal, loadedAt);

/** A class: each piece of a reply has one, and they share the code of its methods. */
class Results implements EventResults {
  private made: readonly Buffer[] | null = null;

  constructor(
    private left: readonly LiveEvent[],
    private readonly source: ResultsSource,
    private readonly signal: AbortSignal,
    private since: number,
  ) {}

  current(): Later<readonly Buffer[]> {
    const made = this.made ?? this.make();
    return isPromise(made) ? made.then((results) => this.stillGood(results)) : this.stillGood(made);
  }

  drop(count: number): void {
    this.left = this.left.slice(count);
    this.made = this.made?.slice(count) ?? null;
  }

  private make(): Later<readonly Buffer[]> {
    const results = this.left.length === 0 ? [] : this.source.execute(this.left);
    if (isPromise(results)) return results.then((later) => this.keep(later));
    return this.keep(results);
  }

  private keep(results: readonly Buffer[]): readonly Buffer[] {
    this.made = results;
    return results;
  }

  private stillGood(results: readonly Buffer[]): Later<readonly Buffer[]> {
    return this.source.revision() === this.since ? results : this.refresh();
  }

  private async refresh(): Promise<readonly Buffer[]> {
    this.since = this.source.revision();
    const now: LiveEvent[] = [];
    for (const event of this.left) {
      const current = await this.source.refreshed(event, this.signal);
      if (current) now.push(current);
    }
    this.left = now;
    return this.make();
  }
}
