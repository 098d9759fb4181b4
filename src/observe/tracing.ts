import {
  context,
  type Link,
  ProxyTracerProvider,
  propagation,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import type { LiveEvent } from '../domain/live/live-events.js';
import { createLru } from '../domain/lru.js';
import { isWrite, WRITES } from '../domain/sessions/write-health.js';
import type { EndedOperation } from '../graphql/observe-operations.js';

/**
 * Spans of OpenTelemetry: of each request, of each command of the store below it, and of each event that is told, with a link to
 * the write that it tells of. Whoever runs Parley brings the SDK (`node --import`); without one nothing is recorded. No span
 * holds texts, metadata or credentials.
 */
export interface Tracing {
  /** `carrier` may hold a W3C `traceparent`, whose trace goes on here. */
  request<T>(carrier: Readonly<Record<string, unknown>>, run: () => Promise<T>): Promise<T>;
  /** Says what the request under way was, once that is known. */
  operation(ended: EndedOperation): void;
  command<T>(command: string, input: unknown, run: () => Promise<T>): Promise<T>;
  event<T>(event: LiveEvent, run: () => Promise<T>): Promise<T>;
}

/** Writes whose events may still be told; beyond them an event has no link. */
const REMEMBERED_WRITES = 1_000;
/** The writes that each event may tell of. */
const CAUSES: { readonly [T in LiveEvent['type']]?: readonly (typeof WRITES)[number][] } = {
  SessionCreated: ['createSession', 'appendMessages'],
  MessageAdded: ['appendMessages'],
  MessageUpdated: ['redactMessage', 'recordMetrics', 'recordGuardrailEvent'],
  AgentUpdated: ['upsertAgent', 'appendMessages'],
  MetadataChanged: ['changeMetadata'],
  FeedbackAdded: ['addFeedback'],
  SessionChanged: WRITES,
  SessionLeft: WRITES,
  SessionDeleted: ['deleteSession', 'expireSession'],
};
/** Codes of what is not the caller's doing. */
const FAILURES = new Set(['INTERNAL_SERVER_ERROR', 'STORE_UNAVAILABLE']);

export function createTracing(engine: 'sqlite' | 'mongodb', version: string): Tracing {
  const provider = trace.getTracerProvider();
  const tracer = trace.getTracer('parley', version);
  const writes = createLru<string, Write>(REMEMBERED_WRITES);
  let begun = 0;

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
      if (isOff()) return run();
      const attributes = { 'db.system.name': engine, 'db.operation.name': command };
      return tracer.startActiveSpan(command, { kind: SpanKind.CLIENT, attributes }, async (span) => {
        const noted =
          span.isRecording() && isWrite(command) ? noteStart(command, span, aboutOf(input)) : null;
        const result = await ended(span, run);
        if (noted) notePlaces(command, noted, aboutOf(input), result);
        return result;
      });
    },
    event(event, run) {
      if (isOff()) return run();
      const options = { kind: SpanKind.PRODUCER, root: true, links: linksOf(event) };
      return tracer.startActiveSpan(`event ${event.type}`, options, ROOT_CONTEXT, (span) => ended(span, run));
    },
  };

  /** Its events may be told before it has its answer: until then they are known by their session and their kind. */
  function noteStart(command: string, span: Span, { sessionId }: About): Write {
    const write = { context: span.spanContext(), order: begun++ };
    if (sessionId !== undefined) writes.set(keyOf(sessionId, command), write);
    return write;
  }

  function notePlaces(command: string, write: Write, { sessionId, agentId }: About, result: unknown): void {
    if (sessionId === undefined || agentId === undefined) return;
    for (const message of Array.isArray(result) ? result : [result]) {
      const position = (message as { position?: unknown } | undefined)?.position;
      if (typeof position === 'number') writes.set(keyOf(sessionId, command, agentId, position), write);
    }
  }

  function linksOf(event: LiveEvent): Link[] {
    const place = placeOf(event);
    if (!place) return [];
    const [sessionId, ...message] = place;
    const found = (of: readonly (string | number)[]) =>
      (CAUSES[event.type] ?? []).flatMap((command) => writes.get(keyOf(sessionId, command, ...of)) ?? []);
    const exact = found(message);
    const [first, ...others] = exact.length > 0 ? exact : found([]);
    if (!first) return [];
    const { context } = others.reduce((last, one) => (one.order > last.order ? one : last), first);
    return [{ context }];
  }
}

/** `order` rises with each that begins. */
interface Write {
  context: SpanContext;
  order: number;
}

async function ended<T>(span: Span, run: () => Promise<T>): Promise<T> {
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

/** What of a command's input says which conversation it changes. */
type About = { sessionId?: string; agentId?: string };

const aboutOf = (input: unknown): About =>
  typeof input === 'string' ? { sessionId: input } : (input as About);

const keyOf = (...parts: readonly (string | number)[]) => JSON.stringify(parts);

function placeOf(event: LiveEvent): [sessionId: string, ...message: (string | number)[]] | null {
  switch (event.type) {
    case 'MessageAdded':
    case 'MessageUpdated':
      return [event.message.sessionId, event.message.agentId, event.message.position];
    case 'AgentUpdated':
      return [event.agent.agent.sessionId];
    case 'SessionCreated':
    case 'SessionChanged':
    case 'MetadataChanged':
      return [event.session.sessionId];
    case 'FeedbackAdded':
    case 'SessionLeft':
    case 'SessionDeleted':
      return [event.sessionId];
    default:
      return null;
  }
}
