import { createLedger } from './ledger.js';
import type { Break, ChaosRecord } from './records.js';
import { createView, type View } from './view.js';

export interface CheckerOptions {
  /** How long an open feed may say nothing of a write that was acknowledged, in ms. */
  boundMs: number;
  /** Whether Resync(HISTORY_GONE) is right: only where the history was made to be lost. */
  mayResync?: boolean;
}

/** What the checker has seen, for the summary of a run. */
export interface Counts {
  appends: number;
  messages: number;
  redactions: number;
  feedbacks: number;
  deletions: number;
  subscriptions: number;
  events: number;
  reconnects: number;
  resyncs: number;
  degradations: number;
}

/**
 * Judges what a system did: takes records in the order in which they happened, and says what broke its promises. It
 * does no I/O and reads no clock.
 */
export function createChecker({ boundMs, mayResync = false }: CheckerOptions) {
  const breaks: Break[] = [];
  const report = (found: Break) => void breaks.push(found);
  const ledger = createLedger(report);
  const views = new Map<string, View>();
  const told = { events: 0, Resync: 0, Degraded: 0 };

  const viewOf = (subscriber: string): View => {
    const view = views.get(subscriber);
    if (!view) throw new Error(`${subscriber} has not subscribed`);
    return view;
  };

  const handlers: { [K in ChaosRecord['kind']]: (record: Extract<ChaosRecord, { kind: K }>) => void } = {
    'append-sent': ({ sessionId, agentId, texts, at }) => ledger.append(sessionId, agentId, texts, at),
    'append-acknowledged': (r) => ledger.acknowledge(r.sessionId, r.agentId, r.messages, r.at),
    'redaction-sent': (r) => ledger.redact(r.sessionId, r.agentId, r.position, r.text, r.at),
    'redaction-acknowledged': (r) => ledger.redacted(r.sessionId, r.agentId, r.position, r.at),
    'feedback-sent': ({ sessionId, comment, at }) => ledger.feedback(sessionId, comment, at),
    'feedback-acknowledged': ({ sessionId, comment, at }) => ledger.feedbackKept(sessionId, comment, at),
    'deletion-sent': ({ sessionId, at }) => ledger.remove(sessionId, at),
    'deletion-acknowledged': ({ sessionId, at }) => ledger.removed(sessionId, at),
    stored: ({ sessionId, session, at }) => ledger.stored(sessionId, session, at),
    subscribed({ subscriber, scope, at: subscribedAt }) {
      const options = { subscriber, scope, subscribedAt, ledger, boundMs, mayResync, report };
      views.set(subscriber, createView(options));
    },
    event({ subscriber, event, at }) {
      told.events++;
      if (event.__typename === 'Resync' || event.__typename === 'Degraded') told[event.__typename]++;
      viewOf(subscriber).event(event, at);
    },
    lost: ({ subscriber, at }) => viewOf(subscriber).lost(at),
    left: ({ subscriber, at }) => viewOf(subscriber).left(at),
    ended: ({ subscriber, code, at }) => viewOf(subscriber).ended(code, at),
  };

  return {
    take(record: ChaosRecord): void {
      (handlers[record.kind] as (record: ChaosRecord) => void)(record);
    },
    /** What was found so far. */
    breaks: breaks as readonly Break[],
    /** Who has yet to be told what, of the subscribers that are there. */
    waiting: (): string[] =>
      [...views].flatMap(([subscriber, view]) => {
        const what = view.waitsFor();
        return what ? [`${subscriber} waits for ${what}`] : [];
      }),
    /** Everything that broke, once the run is over: what has not come by now was lost. */
    verdict(at: number): readonly Break[] {
      for (const view of views.values()) view.conclude(at);
      return breaks;
    },
    counts: (): Counts => ({
      ...ledger.counts,
      subscriptions: views.size,
      events: told.events,
      reconnects: [...views.values()].reduce((sum, view) => sum + Math.max(view.connections - 1, 0), 0),
      resyncs: told.Resync,
      degradations: told.Degraded,
    }),
  };
}
