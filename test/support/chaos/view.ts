import type { Ledger, LedgerMessage, Written } from './ledger.js';
import type { Break, BreakKind, FeedEvent, Scope, ShownMessage } from './records.js';

export interface ViewOptions {
  subscriber: string;
  scope: Scope;
  subscribedAt: number;
  ledger: Ledger;
  /** How long a feed that is open may say nothing of a write, in ms. */
  boundMs: number;
  /** Whether the history may be gone when the subscriber comes back. */
  mayResync: boolean;
  report: (found: Break) => void;
}

interface SeenAgent {
  first: number;
  /** The position after the last one that was told. */
  next: number;
  /** Positions between that were passed over. */
  skipped: Set<number>;
  lastAt: number;
}

const NEVER = Number.NEGATIVE_INFINITY;

/** What one subscription was told, over all its connections, against what was written. */
export function createView({
  subscriber,
  scope,
  subscribedAt,
  ledger,
  boundMs,
  mayResync,
  report,
}: ViewOptions) {
  const session = ledger.session(scope.sessionId);
  const agents = new Map<string, SeenAgent>();
  const comments = new Set<string>();
  /** Redactions that were seen. */
  const replaced = new Set<Written>();
  let firstReadyAt = Number.POSITIVE_INFINITY;
  /** Null while there is no connection that has said Ready. */
  let readyAt: number | null = null;
  let connections = 0;
  let degraded = false;
  /** When it last said that it may have nothing to say. */
  let excusedAt = NEVER;
  let historyGoneAt = NEVER;
  /** Whether the session was there when the subscription began. */
  let existed = false;
  let createdTold = false;
  let deletionTold = false;
  let over = false;

  const broken = (kind: BreakKind, at: number, detail: string) =>
    report({ kind, at, detail: `${subscriber} (${scope.field} of ${scope.sessionId}): ${detail}` });
  const lateness = (written: Written, at: number, lastAt: number) =>
    at - Math.max(written.acknowledgedAt, readyAt ?? at, excusedAt, lastAt);
  const checkPrompt = (what: string, written: Written, at: number, lastAt = NEVER) => {
    if (!degraded && lateness(written, at, lastAt) > boundMs) {
      broken('silence', at, `${what} came ${Math.round(lateness(written, at, lastAt))} ms late`);
    }
  };
  const asksFor = (agentId: string) => scope.agentId === null || scope.agentId === agentId;

  function messageAdded(agentId: string, message: ShownMessage, at: number): void {
    const { position } = message;
    const what = `${agentId}#${position}`;
    if (!asksFor(agentId)) broken('content', at, `${what} was not asked for`);
    // Of a session that is being removed the message may still be found, and the session no more.
    const knows = existed || createdTold || session.deletion !== null;
    if (!knows) broken('protocol', at, `${what} before SessionCreated`);
    const written = checkContent(agentId, message, at);
    if (written && written.acknowledgedAt < subscribedAt) {
      broken('repeat', at, `${what} was acknowledged before the subscription began`);
    }
    const seen = agents.get(agentId);
    if (written) checkPrompt(what, written, at, seen?.lastAt);
    if (!seen) {
      const due = firstDue(agentId);
      if (due < position) broken('loss', at, `${agentId}#${due} was written after Ready; first came ${what}`);
      agents.set(agentId, { first: position, next: position + 1, skipped: new Set(), lastAt: at });
      return;
    }
    const { first, next, skipped } = seen;
    seen.lastAt = at;
    if (position < next) {
      const kind = position < first || skipped.delete(position) ? 'disorder' : 'repeat';
      broken(kind, at, `${what} after ${agentId}#${next - 1}`);
      return;
    }
    if (position > next) broken('gap', at, `${what} where ${agentId}#${next} should be`);
    for (let passed = next; passed < position; passed++) skipped.add(passed);
    seen.next = position + 1;
  }

  function checkContent(agentId: string, message: ShownMessage, at: number): LedgerMessage | null {
    const written = ledger.shown(scope.sessionId, agentId, message, at);
    const redaction = written?.redaction;
    if (!written || !redaction) return written;
    if (redaction.text === message.text) replaced.add(redaction);
    else if (at - redaction.acknowledgedAt > boundMs) {
      broken('content', at, `${agentId}#${message.position} shows what was redacted`);
    }
    return written;
  }

  /** The first message of an agent that the subscription must show although nothing of the agent has come yet. */
  function firstDue(agentId: string): number {
    const messages = session.agents.get(agentId) ?? [];
    const found = messages.findIndex((message) => message && message.sentAt > firstReadyAt);
    return found < 0 ? Number.POSITIVE_INFINITY : found;
  }

  /** What was acknowledged, was asked for and has not come. */
  function* unseen(): Generator<{ what: string; written: Written; lastAt: number }> {
    if (deletionTold) return;
    if (session.deletion) {
      // What a removed session held cannot be read any more.
      const due = session.deletion.sentAt > firstReadyAt && historyGoneAt === NEVER;
      if (due) yield { what: 'its deletion', written: session.deletion, lastAt: NEVER };
      return;
    }
    for (const [agentId, messages] of session.agents) {
      if (!asksFor(agentId)) continue;
      const seen = agents.get(agentId);
      const lastAt = seen?.lastAt ?? NEVER;
      for (let position = seen?.next ?? firstDue(agentId); position < messages.length; position++) {
        const written = messages[position];
        if (written) yield { what: `${agentId}#${position}`, written, lastAt };
      }
    }
    for (const { agentId, position, written } of session.redactions) {
      const seen = agents.get(agentId);
      const showed = seen && position >= seen.first && position < seen.next;
      if (!showed || replaced.has(written) || written.sentAt <= historyGoneAt) continue;
      yield { what: `the redaction of ${agentId}#${position}`, written, lastAt: seen.lastAt };
    }
    if (scope.field === 'messageAdded') return;
    for (const [comment, written] of session.feedback) {
      if (comments.has(comment) || written.sentAt <= Math.max(firstReadyAt, historyGoneAt)) continue;
      yield { what: `the feedback "${comment}"`, written, lastAt: NEVER };
    }
  }

  /** While a connection is open: whether it has kept something to itself for too long. */
  function checkSilence(at: number): void {
    if (readyAt === null || degraded) return;
    for (const { what, written, lastAt } of unseen()) {
      if (written.acknowledgedAt <= at && lateness(written, at, lastAt) > boundMs) {
        const ms = Math.round(at - written.acknowledgedAt);
        broken('silence', at, `${what} had not come ${ms} ms after its acknowledgement`);
        return;
      }
    }
  }

  function ready(sessionExists: boolean, at: number): void {
    if (readyAt !== null) broken('protocol', at, 'Ready twice on one connection');
    connections++;
    readyAt = at;
    if (connections > 1) return;
    firstReadyAt = at;
    existed = sessionExists;
  }

  function event(event: FeedEvent, at: number): void {
    const { __typename: type, agentId = '', message, feedback } = event;
    if (over) broken('protocol', at, `${type} after it had ended`);
    else if (deletionTold) broken('protocol', at, `${type} after SessionDeleted`);
    else if (type === 'Ready') ready(event.sessionExists === true, at);
    else if (readyAt === null) broken('protocol', at, `${type} before Ready`);
    else if (type === 'MessageAdded' && message) messageAdded(agentId, message, at);
    else if (type === 'MessageUpdated' && message) checkContent(agentId, message, at);
    else if (type === 'FeedbackAdded' && feedback) feedbackAdded(feedback.comment, at);
    else if (type === 'SessionCreated') {
      if (existed || createdTold) broken('repeat', at, 'SessionCreated, of a session that it knew');
      createdTold = true;
    } else if (type === 'SessionDeleted') {
      if (!session.deletion) broken('content', at, 'SessionDeleted, which nobody asked for');
      else checkPrompt('SessionDeleted', session.deletion, at);
      deletionTold = true;
    } else if (type === 'Degraded' || type === 'Restored') {
      degraded = type === 'Degraded';
      excusedAt = at;
    } else if (type === 'Resync') {
      excusedAt = historyGoneAt = at;
      if (!mayResync || event.reason !== 'HISTORY_GONE') broken('resync', at, `${event.reason} ${agentId}`);
    }
  }

  function feedbackAdded(comment: string, at: number): void {
    const written = session.feedback.get(comment);
    if (scope.field === 'messageAdded') broken('content', at, 'feedback was not asked for');
    if (!written) broken('content', at, `nobody sent the feedback "${comment}"`);
    else if (comments.has(comment)) broken('repeat', at, `the feedback "${comment}"`);
    else {
      // Feedback has no number: what another instance wrote just before may come by just after.
      if (written.acknowledgedAt + boundMs < subscribedAt) {
        broken('repeat', at, `the feedback "${comment}" was acknowledged before the subscription began`);
      }
      checkPrompt(`the feedback "${comment}"`, written, at);
      comments.add(comment);
    }
  }

  const disconnect = (at: number) => {
    checkSilence(at);
    readyAt = null;
    degraded = false;
  };

  return {
    event,
    lost: disconnect,
    left(at: number) {
      disconnect(at);
      over = true;
    },
    ended(code: string | null, at: number) {
      disconnect(at);
      over = true;
      if (code !== null) broken('ended', at, `it was ended with ${code}`);
      else if (!deletionTold) broken('ended', at, 'it completed, and its session was not deleted');
    },
    get connections() {
      return connections;
    },
    /** What a subscriber that is still there has yet to be told. */
    waitsFor(): string | null {
      if (over) return null;
      if (readyAt === null && !deletionTold) return 'Ready';
      for (const { what, written } of unseen())
        if (written.acknowledgedAt < Number.POSITIVE_INFINITY) return what;
      return degraded ? 'Restored' : null;
    },
    conclude(at: number) {
      if (over) return;
      checkSilence(at);
      const waiting = this.waitsFor();
      if (waiting) broken('loss', at, `${waiting} never came`);
    },
  };
}

export type View = ReturnType<typeof createView>;
