import {
  context,
  ProxyTracerProvider,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import type { Later } from '../domain/async/later.js';
import type { LiveEvent } from '../domain/live/live-events.js';
import type { EndedOperation } from '../graphql/observe-operations.js';
import { createWriteLinks } from './write-links.js';

/**
 * Spans of OpenTelemetry: of each request, of each command of the store below it, and of each event that is told, with a link to
 * the write that it tells of. Whoever runs Parley brings the SDK (`node --import`); without one nothing is recorded. No span
 * holds texts, metadata or credentials.
 */
export interface Tracing {
  /** `carrier` may hold a W3C `traceparent`, whose trace goes on here. */
  request<T>(carrier: Readonly<Record<string, unknown>>, run: () => Later<T>): Later<T>;
  /** Says what the request under way was, once that is known. */
  operation(ended: EndedOperation): void;
  command<T>(command: string, input: unknown, run: () => Later<T>): Later<T>;
  event<T>(event: LiveEvent, run: () => Later<T>): Later<T>;
}

/** Codes of what is not the caller's doing. */
const FAILURES = new Set(['INTERNAL_SERVER_ERROR', 'STORE_UNAVAILABLE']);

export function createTracing(engine: 'sqlite' | 'mongodb', version: string): Tracing {
  const provider = trace.getTracerProvider();
  const tracer = trace.getTracer('parley', version);
  const links = createWriteLinks();

  /** Nobody has brought an SDK: what records nothing is left out. */
  const isOff = () =>
    provider instanceof ProxyTracerProvider && !provider.getDelegateTracer('parley', version);

  return {
    request(carrier, run) {
      if (isOff()) return run();
      const parent = propagation.extract(context.active(), carrier);
      return tracer.startActiveSpan('graphql', { kind: SpanKind.SERVER }, parent, (span) => ended(span, run));
    },
    operation({ type, name, code }) {
      if (isOff()) return;
      const span = trace.getActiveSpan();
      if (!span?.isRecording()) return;
      span.updateName(name === null ? type : `${type} ${name}`);
      span.setAttribute('graphql.operation.type', type);
      if (name !== null) span.setAttribute('graphql.operation.name', name);
      if (code === 'OK') return;
      span.setAttribute('error.type', code);
      if (FAILURES.has(code)) span.setStatus({ code: SpanStatusCode.ERROR });
    },
    command(command, input, run) {
      // What the server does by itself, such as looking each second for writers that are silent, would be a trace each time.
      if (isOff() || (!trace.getActiveSpan() && !links.tell(command))) return run();
      const attributes = { 'db.system.name': engine, 'db.operation.name': command };
      return tracer.startActiveSpan(command, { kind: SpanKind.CLIENT, attributes }, async (span) => {
        const write = span.isRecording() ? links.begun(command, input, span.spanContext()) : null;
        const result = await ended(span, run);
        if (write) links.done(write, result);
        return result;
      });
    },
    event(event, run) {
      if (isOff()) return run();
      const options = { kind: SpanKind.PRODUCER, root: true, links: links.of(event) };
      return tracer.startActiveSpan(`event ${event.type}`, options, ROOT_CONTEXT, (span) => ended(span, run));
    },
  };
}

async function ended<T>(span: Span, run: () => Later<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    // Its message may quote what a caller has sent.
    span.setAttribute('error.type', String((error as { code?: unknown }).code ?? 'INTERNAL_SERVER_ERROR'));
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}
