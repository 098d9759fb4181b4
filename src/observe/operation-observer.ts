import type { OperationObserver } from '../graphql/observe-operations.js';
import type { Metrics, OperationEnd } from './metrics.js';
import type { Tracing } from './tracing.js';

/** Counts and traces what comes in over one transport. */
export const observerOf =
  ({ metrics, tracing }: { metrics: Metrics; tracing: Tracing }) =>
  (transport: OperationEnd['transport']): OperationObserver => ({
    request: tracing.request,
    event: tracing.event,
    ended(operation) {
      const { type, name, code, seconds } = operation;
      metrics.operation({ transport, type, name, code, seconds });
      tracing.operation(operation);
    },
  });
