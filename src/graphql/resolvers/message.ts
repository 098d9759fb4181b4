import { speechOf } from '../../domain/block-kinds.js';
import { metricsOf } from '../../domain/metrics.js';
import type { Message } from '../../domain/model.js';
import type { RequestContext } from '../context.js';
import { within } from '../field-budget.js';
import type {
  CycleMetricsResolvers,
  MessageMetricsResolvers,
  MessageResolvers,
  ToolUsageResolvers,
  UsageResolvers,
} from '../generated/types.js';
import { messageGlobalId } from '../global-id.js';
import { oncePerObject } from '../once-per-object.js';

const textOf = oncePerObject(({ content }: Message) => speechOf(content));
const metricsOfMessage = oncePerObject(({ eventLoopMetrics, metadata }: Message) =>
  metricsOf(eventLoopMetrics, metadata),
);

export const message: MessageResolvers = {
  id: (parent) => messageGlobalId(parent),
  text: textOf,
  content: ({ content }, _args, _context, info) => within(content, info),
  blocks: ({ content }, _args, _context, info) => within(content, info),
  messageId: ({ messageId }) => int(messageId),
  metrics: metricsOfMessage,
};

export const messageMetrics: MessageMetricsResolvers = {
  tools: ({ tools }, _args, _context, info) => within(tools, info),
};

export const cycleMetrics: CycleMetricsResolvers = { cycleCount: ({ cycleCount }) => int(cycleCount) };

export const toolUsage: ToolUsageResolvers = {
  callCount: ({ callCount }) => int(callCount),
  successCount: ({ successCount }) => int(successCount),
  errorCount: ({ errorCount }) => int(errorCount),
};

export const usage: UsageResolvers = {
  inputTokens: ({ inputTokens }, _args, context) => long(inputTokens, context),
  outputTokens: ({ outputTokens }, _args, context) => long(outputTokens, context),
  totalTokens: ({ totalTokens }, _args, context) => long(totalTokens, context),
  cacheReadInputTokens: ({ cacheReadInputTokens }, _args, context) => long(cacheReadInputTokens, context),
  cacheWriteInputTokens: ({ cacheWriteInputTokens }, _args, context) => long(cacheWriteInputTokens, context),
};

/** An agent may have stored a number that GraphQL's Int cannot carry: null rather than an error. */
const int = (value: number | null) => (value === null || value === (value | 0) ? value : null);

/** A sum of safe integers may be none: null rather than wrong, and the log says so. */
function long(value: number | null, { log }: RequestContext): number | null {
  if (value === null || Number.isSafeInteger(value)) return value;
  log.warn({ value }, 'a token count is too large to be shown');
  return null;
}
