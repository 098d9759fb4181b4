import { metricsOf } from '../../domain/metrics.js';
import type { MessageResolvers } from '../generated/types.js';
import { messageGlobalId } from '../global-id.js';

export const message: MessageResolvers = {
  id: (parent) => messageGlobalId(parent),
  text: ({ content }) => content.flatMap(({ text }) => (typeof text === 'string' ? [text] : [])).join('\n'),
  metrics: ({ eventLoopMetrics, metadata }) => metricsOf(eventLoopMetrics, metadata),
};
