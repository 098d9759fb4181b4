import type { Agent, AgentInputItem, Model, RunResult, RunState } from '@openai/agents';

type Item = AgentInputItem & Record<string, unknown>;
export const say: (text: string, more?: object) => Item;
export const think: (text: string) => Item;
export const call: (callId: string, name: string, args: object) => Item;
export interface ScriptedModel extends Model {
  seen: AgentInputItem[][];
}
export const ScriptedModel: new (answers: (Item[] | Error)[]) => ScriptedModel;
export const agentOf: (
  model: ScriptedModel,
  // biome-ignore lint/suspicious/noExplicitAny: agents of any output
  options?: { needsApproval?: boolean; outputType?: any },
  // biome-ignore lint/suspicious/noExplicitAny: agents of any output
) => Agent<any, any>;
export const approved: (
  // biome-ignore lint/suspicious/noExplicitAny: agents of any output
  agent: Agent<any, any>,
  // biome-ignore lint/suspicious/noExplicitAny: agents of any output
  result: RunResult<any, any>,
  // biome-ignore lint/suspicious/noExplicitAny: agents of any output
) => Promise<RunState<any, any>>;
