import type { AgentInputItem, RunContext, Usage } from '@openai/agents';
import type { JsonObject, JsonValue } from '../../domain/json/json-value.js';
import { textAt } from '../blocks.js';
import { toPlain } from '../plain.js';

/**
 * What the model calls of a run cost, by the item that each gave last. The run's counter runs on, also over an approval in between: what is new
 * since this session saw it before goes onto the items that come now.
 */
export function createUsageCounts() {
  const counted = new WeakMap<object, Counted>();
  return {
    /** To be called before the model is. */
    begin(context: RunContext<unknown> | undefined): void {
      if (context && !counted.has(context)) counted.set(context, countOf(context.usage));
    },
    /** One for each item; null for those that brought none. */
    of(items: readonly AgentInputItem[], context: RunContext<unknown> | undefined): (JsonObject | null)[] {
      const costs = items.map((): JsonObject | null => null);
      const before = context && counted.get(context);
      if (!before) return costs;
      const answers = lastOfAnswers(items);
      const last = answers.at(-1);
      if (last === undefined) return costs;
      const now = countOf(context.usage);
      counted.set(context, now);
      const calls = (context.usage.requestUsageEntries ?? []).slice(before.calls, now.calls);
      if (calls.length === answers.length) {
        for (const [index, at] of answers.entries()) costs[at] = usageJson(calls[index]);
      } else if (now.totalTokens > before.totalTokens) {
        costs[last] = {
          inputTokens: now.inputTokens - before.inputTokens,
          outputTokens: now.outputTokens - before.outputTokens,
          totalTokens: now.totalTokens - before.totalTokens,
        };
      }
      return costs;
    },
  };
}

interface Counted {
  calls: number;
  inputTokens: number;
  outputTokens: number;
  totalTokens: number;
}

const countOf = ({ requestUsageEntries, inputTokens, outputTokens, totalTokens }: Usage): Counted => ({
  calls: requestUsageEntries?.length ?? 0,
  inputTokens,
  outputTokens,
  totalTokens,
});

const usageJson = (usage: unknown) => toPlain(usage, 'usage').value as JsonObject;

/** Where each answer of the model ends: what it gave in one go stands together, before a result or the next input. */
function lastOfAnswers(items: readonly AgentInputItem[]): number[] {
  return items.flatMap((item, index) => {
    const next = items[index + 1];
    return isAnswer(item) && !(next && isAnswer(next)) ? [index] : [];
  });
}

function isAnswer(item: AgentInputItem): boolean {
  const role = textAt(item as JsonValue, 'role');
  const type = textAt(item as JsonValue, 'type') ?? '';
  return role === undefined ? !/_(result|output)$|^compaction$/.test(type) : role === 'assistant';
}
