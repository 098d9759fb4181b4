import { ParleyError } from '../errors.js';
import type { ReplyPiece } from './reply-piece.js';

/** A text is speech; of an event that says nothing of a reply, nothing is made. */
export type StreamEvent = string | object;

// biome-ignore lint/suspicious/noExplicitAny: events of other libraries are read member by member.
type Event = any;

/**
 * Reads the events of one stream, in turn: texts; the AI SDK's `fullStream` and `toUIMessageStream()` (ai 7.0.173); the streams of OpenAI's
 * Agents SDK (0.20.0), of its Responses and of its chat completions; those of Strands agents in TypeScript (1.19.0). The shapes were
 * seen by running these versions. Throws what an event of an error says.
 */
export function createStreamReader(): (event: StreamEvent) => ReplyPiece[] {
  /** Ids of blocks are used again by later model calls. */
  const blocks = new Map<string, string>();
  let serial = 0;
  const begin = (id: unknown) => {
    blocks.set(String(id), `${id} ${++serial}`);
    return [];
  };
  /** Calls of tools by what their pieces are named by; with what has come of their input. */
  const calls = new Map<string, { toolUseId: string; name: string; written: boolean }>();
  let current: string | null = null;

  const said = (kind: 'text' | 'reasoning', text: unknown, id?: unknown): ReplyPiece[] => {
    if (typeof text !== 'string' || text === '') return [];
    const block = id === undefined ? undefined : (blocks.get(String(id)) ?? String(id));
    return [block === undefined ? { kind, text } : { kind, text, id: block }];
  };
  const called = (id: unknown, toolUseId: unknown, name: unknown): ReplyPiece[] => {
    const call = { toolUseId: String(toolUseId), name: String(name), written: false };
    calls.set(String(id), call);
    return [{ kind: 'tool-input', toolUseId: call.toolUseId, name: call.name, text: '' }];
  };
  const given = (id: unknown, text: unknown): ReplyPiece[] => {
    const call = calls.get(String(id));
    if (!call || typeof text !== 'string') return [];
    call.written ||= text !== '';
    return [{ kind: 'tool-input', toolUseId: call.toolUseId, name: call.name, text }];
  };
  /** The input as a whole: it was not always told piece by piece before. */
  const whole = (id: unknown, name: unknown, input: unknown): ReplyPiece[] => {
    const known = [...calls.values()].find(({ toolUseId }) => toolUseId === String(id));
    if (known?.written) return [];
    const pieces = known ? [] : called(id, id, name);
    return [...pieces, ...given(known ? keyOf(known) : id, textOf(input))];
  };
  const keyOf = (call: object) => [...calls].find(([, one]) => one === call)?.[0];
  const result = (
    toolUseId: unknown,
    output: unknown,
    status: 'success' | 'error' = 'success',
  ): ReplyPiece[] => [{ kind: 'tool-result', toolUseId: String(toolUseId), status, text: textOf(output) }];

  const readers: Record<string, (event: Event) => ReplyPiece[]> = {
    // The AI SDK: what a model call streams, and what a page is sent, differ in the names of members.
    'text-start': ({ id }) => begin(id),
    'reasoning-start': ({ id }) => begin(id),
    'text-delta': ({ id, text, delta }) => said('text', text ?? delta, id),
    'reasoning-delta': ({ id, text, delta }) => said('reasoning', text ?? delta, id),
    'tool-input-start': ({ id, toolCallId, toolName }) =>
      called(id ?? toolCallId, id ?? toolCallId, toolName),
    'tool-input-delta': ({ id, toolCallId, delta, inputTextDelta }) =>
      given(id ?? toolCallId, delta ?? inputTextDelta),
    'tool-call': ({ toolCallId, toolName, input }) => whole(toolCallId, toolName, input),
    'tool-input-available': ({ toolCallId, toolName, input }) => whole(toolCallId, toolName, input),
    'tool-result': ({ toolCallId, output, preliminary }) => (preliminary ? [] : result(toolCallId, output)),
    'tool-output-available': ({ toolCallId, output, preliminary }) =>
      preliminary ? [] : result(toolCallId, output),
    'tool-error': ({ toolCallId, error }) => result(toolCallId, messageOf(error), 'error'),
    'tool-output-error': ({ toolCallId, errorText }) => result(toolCallId, errorText, 'error'),
    error: ({ error, errorText, message }) => {
      throw error instanceof Error ? error : new Error(String(errorText ?? message ?? messageOf(error)));
    },
    abort: () => {
      throw new Error('The stream was aborted.');
    },
    // OpenAI's Agents SDK; the model's own events stand in `event` beside those that are the same for all models.
    raw_model_stream_event: ({ data }) => read(data),
    output_text_delta: ({ delta }) => said('text', delta),
    model: ({ event }) => (event?.type === 'response.output_text.delta' ? [] : read(event)),
    run_item_stream_event: ({ name, item }) => {
      const raw = item?.rawItem;
      if (name === 'tool_called') return whole(raw?.callId, raw?.name, raw?.arguments);
      return name === 'tool_output' ? result(raw?.callId, raw?.output?.text ?? item?.output) : [];
    },
    // OpenAI's Responses.
    'response.output_text.delta': ({ delta }) => said('text', delta),
    'response.reasoning_text.delta': ({ delta }) => said('reasoning', delta),
    'response.reasoning_summary_text.delta': ({ delta }) => said('reasoning', delta),
    'response.output_item.added': ({ item }) =>
      item?.type === 'function_call' ? called(item.id, item.call_id, item.name) : [],
    'response.function_call_arguments.delta': ({ item_id: id, delta }) => given(id, delta),
    // Strands.
    modelStreamUpdateEvent: ({ event }) => read(event),
    modelContentBlockStartEvent({ start }) {
      current = start?.type === 'toolUseStart' ? String(start.toolUseId) : null;
      return current === null ? begin('strands') : called(current, current, start.name);
    },
    modelContentBlockDeltaEvent({ delta }) {
      if (delta?.type === 'textDelta') return said('text', delta.text, 'strands');
      if (delta?.type === 'reasoningContentDelta') return said('reasoning', delta.text, 'strands');
      return delta?.type === 'toolUseInputDelta' ? given(current, delta.input) : [];
    },
    toolResultEvent({ result: stored }) {
      const { toolUseId, status, content } = stored?.toolResult ?? stored ?? {};
      const texts = (content ?? []).map((block: Event) => block?.text ?? JSON.stringify(block));
      return result(toolUseId, texts.join('\n'), status === 'error' ? 'error' : 'success');
    },
  };

  /** A chunk of OpenAI's chat completions. */
  function readChunk({ choices }: Event): ReplyPiece[] {
    const delta = choices[0]?.delta ?? {};
    return [
      ...said('reasoning', delta.reasoning_content),
      ...said('text', delta.content),
      ...(delta.tool_calls ?? []).flatMap(({ index, id, function: called_ }: Event) => [
        ...(id ? called(`chunk ${index}`, id, called_?.name) : []),
        ...given(`chunk ${index}`, called_?.arguments ?? ''),
      ]),
    ];
  }

  function read(event: Event): ReplyPiece[] {
    if (typeof event === 'string') return said('text', event);
    if (typeof event !== 'object' || event === null || ArrayBuffer.isView(event)) {
      throw new ParleyError(
        'BAD_USER_INPUT',
        'The stream gives something else than texts and events. Pipe a stream of texts, or the events of a model.',
      );
    }
    if (typeof event.type === 'string' && Object.hasOwn(readers, event.type)) {
      return readers[event.type]?.(event) ?? [];
    }
    return Array.isArray(event.choices) ? readChunk(event) : [];
  }

  return read;
}

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value ?? null) ?? 'null');

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : typeof error === 'string' ? error : JSON.stringify(error ?? null);
