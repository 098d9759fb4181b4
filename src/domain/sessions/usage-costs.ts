import { isJsonObject, type JsonObject } from '../json/json-value.js';
import type { Message, Role, Usage } from './model.js';
import { ownUsage } from './own-usage.js';
import { mapUsage, tokenCount, USAGE_FIELDS } from './usage.js';

/*
 * What messages cost. `event_loop_metrics` is a counter of an agent object: it runs on over all its invocations, starts at zero
 * where a process makes the agent anew, and sits on user messages too (Strands 1.30 to 1.62 with mongodb-session-manager
 * 0.9.1, recorded). So a message costs what its own model call reports, else what the counter has risen by since it was
 * read before. Both stores follow the same rule, MongoDB in the database (stores/mongo/usage-expressions.ts).
 */

/** A counter as a message holds it. */
export interface Reading {
  counts: Usage;
  cycles: number | null;
}

/** What of a message decides about costs. `own`: what it reports of its own model call. */
export interface Spent {
  role: Role | null;
  own: Usage | null;
  counter: Reading | null;
}

/** What the messages so far decide about the next one. */
export interface Walk {
  /** The counter as it was read last, with what an earlier reading of the same run knew and this one does not. */
  last: Reading | null;
  /** Since then a user message without a counter came, and after it an answer. */
  asked: boolean;
  answered: boolean;
  /** The last assistant message reports its own usage: the counter tells the same once more. */
  paid: boolean;
}

export const START: Walk = { last: null, asked: false, answered: false, paid: false };

export const spentBy = (message: Pick<Message, 'role' | 'metadata' | 'eventLoopMetrics'>): Spent => ({
  role: message.role,
  own: ownUsage(message.metadata),
  counter: readingOf(message.eventLoopMetrics),
});

export function readingOf(eventLoopMetrics: JsonObject | null): Reading | null {
  const stored = eventLoopMetrics?.accumulated_usage;
  if (!isJsonObject(stored)) return null;
  const cycles = eventLoopMetrics?.cycle_metrics;
  return {
    counts: mapUsage((field) => tokenCount(stored[field])),
    cycles: isJsonObject(cycles) ? tokenCount(cycles.cycle_count) : null,
  };
}

/** What the message costs, null where nothing tells; a count that it does not tell is null. */
export function step(before: Walk, { role, own, counter }: Spent): { walk: Walk; cost: Usage | null } {
  const isAnswer = role === 'assistant';
  const answered = before.answered || (before.asked && isAnswer);
  const paid = isAnswer ? own !== null : before.paid;
  if (!counter) {
    const asked = before.asked || role === 'user';
    return { walk: { last: before.last, asked, answered, paid }, cost: own };
  }
  const since = before.last && !isNewRun(before.last, counter, answered) ? before.last : null;
  const rise = () =>
    mapUsage((field) => {
      const count = counter.counts[field];
      if (count === null) return null;
      return paid ? 0 : count - (since?.counts[field] ?? 0);
    });
  const last = {
    counts: mapUsage((field) => counter.counts[field] ?? since?.counts[field] ?? null),
    cycles: counter.cycles ?? since?.cycles ?? null,
  };
  return { walk: { last, asked: false, answered: false, paid }, cost: own ?? rise() };
}

/**
 * A counter that fell belongs to another agent object. One that did not may too: where a question without a counter was
 * answered in between, only more cycles show that it went on (library 0.23 writes the counter at the end of an invocation).
 */
function isNewRun(last: Reading, now: Reading, answered: boolean): boolean {
  const cycles = last.cycles === null || now.cycles === null ? null : now.cycles - last.cycles;
  if (cycles !== null && (cycles < 0 || (answered && cycles === 0))) return true;
  return USAGE_FIELDS.some((field) => {
    const [before, count] = [last.counts[field], now.counts[field]];
    return before !== null && count !== null && count < before;
  });
}
