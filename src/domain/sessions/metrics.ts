import { isJsonObject, type JsonObject, type JsonValue } from '../json/json-value.js';

/** Times and calls as Strands stores them with a message; what it cost is said apart (usage-costs.ts). Times of tools and cycles are in seconds. */
export interface MessageMetrics {
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
