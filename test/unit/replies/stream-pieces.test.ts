import { describe, expect, it } from 'vitest';
import type { ReplyPiece } from '../../../src/domain/replies/reply-piece.js';
import { createStreamReader, type StreamEvent } from '../../../src/domain/replies/stream-pieces.js';

const read = (events: readonly StreamEvent[]): ReplyPiece[] => events.flatMap(createStreamReader());

/** What each block says, in the order in which they begin. */
function blocksOf(events: readonly StreamEvent[]): string[] {
  const blocks = new Map<string, string>();
  let [last, serial] = ['', 0];
  for (const piece of read(events)) {
    if (typeof piece === 'string') throw new Error('a piece without a kind');
    const { kind = 'text', text } = piece;
    const id = 'toolUseId' in piece ? piece.toolUseId : 'id' in piece ? piece.id : undefined;
    if (id === undefined && last !== kind) serial++;
    last = id === undefined ? kind : '';
    const name = `${kind} ${id ?? serial}`;
    const head =
      piece.kind === 'tool-input'
        ? `${piece.toolUseId} ${piece.name} `
        : piece.kind === 'tool-result'
          ? `${piece.toolUseId} ${piece.status} `
          : '';
    blocks.set(name, (blocks.get(name) ?? `${kind}: ${head}`) + text);
  }
  return [...blocks.values()];
}

/** Events as ai 7.0.173, @openai/agents 0.20.0 and @strands-agents/sdk 1.19.0 gave them with scripted models: a thought, a text, a call, its result, a text. */
const TOOL = '{"q":"x"}';
const EXPECTED = [
  'reasoning: hm',
  'text: Let me look.',
  `tool-input: c1 search ${TOOL}`,
  'tool-result: c1 success found it',
  'text: Done',
];

describe('the events of a stream become pieces of a reply', () => {
  it("from the AI SDK's full stream, whose ids come again in the next model call", () => {
    expect(
      blocksOf([
        { type: 'start' },
        { type: 'reasoning-start', id: '0' },
        { type: 'reasoning-delta', id: '0', text: 'hm' },
        { type: 'reasoning-end', id: '0' },
        { type: 'text-start', id: '1' },
        { type: 'text-delta', id: '1', text: 'Let me ' },
        { type: 'text-delta', id: '1', text: 'look.' },
        { type: 'text-end', id: '1' },
        { type: 'tool-input-start', id: 'c1', toolName: 'search', dynamic: false },
        { type: 'tool-input-delta', id: 'c1', delta: '{"q":' },
        { type: 'tool-input-delta', id: 'c1', delta: '"x"}' },
        { type: 'tool-input-end', id: 'c1' },
        { type: 'tool-call', toolCallId: 'c1', toolName: 'search', input: { q: 'x' } },
        { type: 'tool-result', toolCallId: 'c1', toolName: 'search', output: 'looking', preliminary: true },
        { type: 'tool-result', toolCallId: 'c1', toolName: 'search', output: 'found it' },
        { type: 'finish-step' },
        { type: 'text-start', id: '1' },
        { type: 'text-delta', id: '1', text: 'Done' },
        { type: 'finish', finishReason: 'stop' },
      ]),
    ).toEqual(EXPECTED);
  });

  it("from the AI SDK's stream for a page, and a call that comes whole", () => {
    expect(
      blocksOf([
        { type: 'reasoning-start', id: 'r1' },
        { type: 'reasoning-delta', id: 'r1', delta: 'hm' },
        { type: 'text-start', id: 't1' },
        { type: 'text-delta', id: 't1', delta: 'Let me look.' },
        { type: 'tool-input-available', toolCallId: 'c1', toolName: 'search', input: { q: 'x' } },
        { type: 'tool-output-available', toolCallId: 'c1', output: 'found it' },
        { type: 'text-start', id: 't2' },
        { type: 'text-delta', id: 't2', delta: 'Done' },
      ]),
    ).toEqual(EXPECTED);
  });

  it("from OpenAI's Agents SDK, whose texts come twice, and from its Responses", () => {
    const added = { type: 'function_call', id: 'fc_1', call_id: 'c1', name: 'search', arguments: '' };
    const own = [
      { type: 'response.reasoning_text.delta', delta: 'hm' },
      { type: 'response.output_text.delta', item_id: 'm1', delta: 'Let me look.' },
      { type: 'response.output_item.added', item: added },
      { type: 'response.function_call_arguments.delta', item_id: 'fc_1', delta: TOOL },
    ];
    const raw = (data: object) => ({ type: 'raw_model_stream_event', data });
    const item = (name: string, rawItem: object) => ({
      type: 'run_item_stream_event',
      name,
      item: { rawItem },
    });
    expect(
      blocksOf([
        raw({ type: 'response_started' }),
        raw({ type: 'model', event: own[0] }),
        raw({ type: 'model', event: own[1] }),
        raw({ type: 'output_text_delta', delta: 'Let me look.' }),
        raw({ type: 'model', event: own[2] }),
        raw({ type: 'model', event: own[3] }),
        item('tool_called', { callId: 'c1', name: 'search', arguments: TOOL }),
        item('tool_output', { callId: 'c1', output: { type: 'text', text: 'found it' } }),
        raw({ type: 'output_text_delta', delta: 'Done' }),
      ]),
    ).toEqual(EXPECTED);
    expect(blocksOf(own)).toEqual(EXPECTED.slice(0, 3));
  });

  it("from OpenAI's chat completions", () => {
    const chunk = (delta: object) => ({ object: 'chat.completion.chunk', choices: [{ index: 0, delta }] });
    const call = (more: object) => chunk({ tool_calls: [{ index: 0, ...more }] });
    expect(
      blocksOf([
        chunk({ role: 'assistant', content: '' }),
        chunk({ reasoning_content: 'hm' }),
        chunk({ content: 'Let me ' }),
        chunk({ content: 'look.' }),
        call({ id: 'c1', type: 'function', function: { name: 'search', arguments: '' } }),
        call({ function: { arguments: '{"q":' } }),
        call({ function: { arguments: '"x"}' } }),
        { object: 'chat.completion.chunk', choices: [], usage: {} },
      ]),
    ).toEqual(EXPECTED.slice(0, 3));
  });

  it('from a Strands agent', () => {
    const update = (event: object) => ({ type: 'modelStreamUpdateEvent', event });
    const begins = (start?: object) => update({ type: 'modelContentBlockStartEvent', start });
    const delta = (of: object) => update({ type: 'modelContentBlockDeltaEvent', delta: of });
    const stored = { toolUseId: 'c1', status: 'success', content: [{ text: 'found it' }] };
    expect(
      blocksOf([
        { type: 'beforeInvocationEvent' },
        begins(),
        delta({ type: 'reasoningContentDelta', text: 'hm' }),
        begins(),
        delta({ type: 'textDelta', text: 'Let me look.' }),
        { type: 'contentBlockEvent', contentBlock: { text: 'Let me look.' } },
        begins({ type: 'toolUseStart', name: 'search', toolUseId: 'c1' }),
        delta({ type: 'toolUseInputDelta', input: '{"q":' }),
        delta({ type: 'toolUseInputDelta', input: '"x"}' }),
        { type: 'toolResultEvent', result: stored },
        begins(),
        delta({ type: 'textDelta', text: 'Done' }),
      ]),
    ).toEqual(EXPECTED);
    expect(read([{ type: 'toolResultEvent', result: { toolResult: stored } }])).toEqual([
      { kind: 'tool-result', toolUseId: 'c1', status: 'success', text: 'found it' },
    ]);
  });

  it('from texts, and not from bytes', () => {
    expect(blocksOf(['Let me ', '', 'look.'])).toEqual(['text: Let me look.']);
    expect(() => read([new Uint8Array([65])])).toThrow(/Pipe a stream of texts/);
  });

  it('throws what an event of an error says, and shows the error of a tool as its result', () => {
    expect(() => read([{ type: 'error', error: new Error('the model is gone') }])).toThrow(
      'the model is gone',
    );
    expect(() => read([{ type: 'error', errorText: 'the model is gone' }])).toThrow('the model is gone');
    expect(() => read([{ type: 'abort' }])).toThrow('aborted');
    expect(read([{ type: 'tool-error', toolCallId: 'c1', error: new Error('no such file') }])).toEqual([
      { kind: 'tool-result', toolUseId: 'c1', status: 'error', text: 'no such file' },
    ]);
  });
});
