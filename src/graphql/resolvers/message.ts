import { inSlices } from '../../domain/async/in-slices.js';
import { oncePerObject } from '../../domain/once-per-object.js';
import { approvalsOf } from '../../domain/sessions/approvals.js';
import { authorOf } from '../../domain/sessions/author.js';
import { SPOKEN_AT_ONCE, speechOf, speechSteps } from '../../domain/sessions/block-speech.js';
import { metricsOf } from '../../domain/sessions/metrics.js';
import type { Message } from '../../domain/sessions/model.js';
import { ownUsage } from '../../domain/sessions/own-usage.js';
import { newestOver } from '../../domain/sessions/superseding.js';
import { readingOf } from '../../domain/sessions/usage-costs.js';
import type {
  CycleMetricsResolvers,
  MessageMetricsResolvers,
  MessageResolvers,
  ToolUsageResolvers,
} from '../generated/types.js';
import { messageGlobalId } from '../global-id.js';
import { within } from '../loading/field-budget.js';
import type { MessageMetricsParent } from '../parents.js';
import { blocksOf, rawBlocksOf } from './content.js';

const textOf = oncePerObject(({ content }: Message) =>
  content.length > SPOKEN_AT_ONCE ? inSlices(speechSteps(content)) : speechOf(content),
);
const approvals = oncePerObject(approvalsOf);
const metricsOfMessage = oncePerObject((message: Message): MessageMetricsParent | null => {
  const metrics = metricsOf(message.eventLoopMetrics, message.metadata);
  return metrics && { message, ...metrics };
});

export const message: MessageResolvers = {
  id: (parent) => messageGlobalId(parent),
  // A text that is at hand as JSON counts as one: see its class.
  text: (parent) => (parent.text ?? textOf(parent)) as string,
  content: ({ content }, _args, _context, info) => blocksOf(within(content, info)),
  blocks: ({ content }, _args, _context, info) => rawBlocksOf(within(content, info)),
  author: ({ metadata }) => authorOf(metadata),
  awaitingApproval: ({ metadata }, _args, _context, info) =>
    within(metadata ? approvals(metadata) : [], info),
  supersedes: ({ supersedes }, _args, _context, info) => within(supersedes, info),
  messageId: ({ messageId }) => int(messageId),
  metrics: metricsOfMessage,
  /** Where it is selected, what supersedes is read once for each agent. */
  supersededBy: async ({ sessionId, agentId, position }, _args, { loaders }) =>
    newestOver(await loaders.superseded.load({ sessionId, agentId }), position),
};

export const messageMetrics: MessageMetricsResolvers = {
  /** Only what a counter has risen by depends on other messages. */
  usage({ message: { sessionId, agentId, position, metadata, eventLoopMetrics } }, _args, { loaders }) {
    const own = ownUsage(metadata);
    if (own || !readingOf(eventLoopMetrics)) return own;
    return loaders.usage.load({ sessionId, agentId, position });
  },
  tools: ({ tools }, _args, _context, info) => within(tools, info),
};

export const cycleMetrics: CycleMetricsResolvers = { cycleCount: ({ cycleCount }) => int(cycleCount) };

export const toolUsage: ToolUsageResolvers = {
  callCount: ({ callCount }) => int(callCount),
  successCount: ({ successCount }) => int(successCount),
  errorCount: ({ errorCount }) => int(errorCount),
};

/** An agent may have stored a number that GraphQL's Int cannot carry: null rather than an error. */
const int = (value: number | null) => (value === null || value === (value | 0) ? value : null);
