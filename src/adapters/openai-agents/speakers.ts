import type { AgentInputItem, RunContext } from '@openai/agents';
import { bodyOf, type JsonValue, textOr } from '../../domain/json/json-value.js';
import { textAt } from '../blocks.js';

export interface Spoken {
  item: AgentInputItem;
  /** Undefined for the agent with which the conversation began, and for what no agent has said. */
  author: string | undefined;
}

/**
 * Who speaks: the agent to which a conversation was handed off, until its turn is over. A turn that waited for an approval goes on with the result
 * of a call, also in another process: whoever made the call speaks.
 */
export function createSpeakers() {
  /** Of the calls that have no result yet. */
  const callers = new Map<string, string>();
  const ofItems = new WeakMap<object, string>();
  const ofRuns = new WeakMap<object, string>();

  /** An item that is kept. */
  const keep = (item: AgentInputItem, author: string | undefined) => {
    const callId = callIdOf(item);
    if (callId === undefined) return;
    if (isResult(item)) callers.delete(callId);
    else if (author !== undefined) callers.set(callId, author);
  };

  return {
    /** An item that was read, with the author under which it is kept. */
    read(item: AgentInputItem, author: string | null): void {
      const speaker = author !== null && isAgents(item) ? author : undefined;
      if (speaker !== undefined) ofItems.set(item, speaker);
      keep(item, speaker);
    },
    /** The same again until `added` is called. What was read keeps its own author. */
    of(items: readonly AgentInputItem[], run?: RunContext<unknown>): { spoken: Spoken[]; added: () => void } {
      let speaker = run && ofRuns.get(run);
      const spoken = items.map((item): Spoken => {
        if (isResult(item)) speaker ??= callers.get(callIdOf(item) ?? '');
        const author = isAgents(item) ? (ofItems.get(item) ?? speaker) : undefined;
        speaker = handedTo(item) ?? speaker;
        return { item, author };
      });
      const added = () => {
        for (const { item, author } of spoken) keep(item, author);
        if (run && speaker !== undefined) ofRuns.set(run, speaker);
      };
      return { spoken, added };
    },
  };
}

const callIdOf = (item: AgentInputItem): string | undefined => textAt(item as JsonValue, 'callId');

const isResult = (item: AgentInputItem): boolean =>
  /_call_(result|output)$/.test(textAt(item as JsonValue, 'type') ?? '');

/** Whether it is an agent's: what it has said, thought or called. */
const isAgents = (item: AgentInputItem): boolean =>
  !isResult(item) && (textAt(item as JsonValue, 'role') ?? 'assistant') === 'assistant';

/** A handoff is a call whose result is `{"assistant": "<name>"}`. */
function handedTo(item: AgentInputItem): string | undefined {
  const { type, name, output } = bodyOf(item as JsonValue);
  if (type !== 'function_call_result' || !textOr(name, '').startsWith('transfer_to_')) return undefined;
  try {
    return textAt(JSON.parse(textAt(output, 'text') ?? textOr(output, '')), 'assistant');
  } catch {
    return undefined;
  }
}
