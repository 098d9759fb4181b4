import { isJsonObject, type JsonObject, type JsonValue } from './json.js';
import type { Usage } from './model.js';

/** What producing a message cost, read from the shapes that Strands stores. Times of tools and cycles are in seconds. */
export interface MessageMetrics {
  usage: Usage | null;
  latencyMs: number | null;
  timeToFirstByteMs: number | null;
  cycles: CycleMetrics | null;
  tools: ToolUsage[];
}

export interface CycleMetrics {
  cycleCount: number | null;
  totalDuration: number | null;
  averageCycleTime: number | null;
}

export interface ToolUsage {
  name: string;
  callCount: number | null;
  successCount: number | null;
  errorCount: number | null;
  totalTime: number | null;
  averageTime: number | null;
  successRate: number | null;
}

export const USAGE_FIELDS = [
  'inputTokens',
  'outputTokens',
  'totalTokens',
  'cacheReadInputTokens',
  'cacheWriteInputTokens',
] as const satisfies readonly (keyof Usage)[];

/**
 * The tokens of one message: those of its own model call (`metadata.usage`) where it has them, because they sum exactly,
 * else those that the event loop recorded for the invocation, which sit on its last message.
 */
export function usageOf(eventLoopMetrics: JsonObject | null, metadata: JsonObject | null): Usage | null {
  const stored = objectIn(metadata, 'usage') ?? objectIn(eventLoopMetrics, 'accumulated_usage');
  return stored && mapUsage((field) => countIn(stored, field));
}

/** The sum for totals; a count that neither has is 0. */
export function addUsage(total: Usage, usage: Usage | null): Usage {
  return mapUsage((field) => (total[field] ?? 0) + (usage?.[field] ?? 0));
}

export function subtractUsage(total: Usage, usage: Usage | null): Usage {
  return mapUsage((field) => (total[field] ?? 0) - (usage?.[field] ?? 0));
}

export const emptyUsage = (): Usage => mapUsage(() => 0);

/** Null where nothing was recorded. A damaged part reads as null, never as an error. */
export function metricsOf(
  eventLoopMetrics: JsonObject | null,
  metadata: JsonObject | null,
): MessageMetrics | null {
  if (!eventLoopMetrics && !objectIn(metadata, 'usage') && !objectIn(metadata, 'metrics')) return null;
  const latency = objectIn(metadata, 'metrics') ?? objectIn(eventLoopMetrics, 'accumulated_metrics');
  const cycles = objectIn(eventLoopMetrics, 'cycle_metrics');
  const tools = objectIn(eventLoopMetrics, 'tool_usage') ?? {};
  return {
    usage: usageOf(eventLoopMetrics, metadata),
    latencyMs: numberIn(latency, 'latencyMs'),
    timeToFirstByteMs: numberIn(latency, 'timeToFirstByteMs'),
    cycles: cycles && {
      cycleCount: countIn(cycles, 'cycle_count'),
      totalDuration: numberIn(cycles, 'total_duration'),
      averageCycleTime: numberIn(cycles, 'average_cycle_time'),
    },
    tools: Object.entries(tools).flatMap(([name, usage]) =>
      isJsonObject(usage) ? [toolUsage(name, usage)] : [],
    ),
  };
}

function toolUsage(name: string, usage: JsonObject): ToolUsage {
  return {
    name,
    callCount: countIn(usage, 'call_count'),
    successCount: countIn(usage, 'success_count'),
    errorCount: countIn(usage, 'error_count'),
    totalTime: numberIn(usage, 'total_time'),
    averageTime: numberIn(usage, 'average_time'),
    successRate: numberIn(usage, 'success_rate'),
  };
}

function mapUsage(value: (field: keyof Usage) => number | null): Usage {
  return Object.fromEntries(USAGE_FIELDS.map((field) => [field, value(field)])) as unknown as Usage;
}

function objectIn(holder: JsonObject | null, key: string): JsonObject | null {
  const value: JsonValue | undefined = holder?.[key];
  return isJsonObject(value) ? value : null;
}

function numberIn(holder: JsonObject | null, key: string): number | null {
  const value = holder?.[key];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function countIn(holder: JsonObject, key: string): number | null {
  const value = numberIn(holder, key);
  return value !== null && Number.isSafeInteger(value) ? value : null;
}
