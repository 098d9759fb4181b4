import type { BaseListChatMessageHistory } from '@langchain/core/chat_history';
import type { BaseChatModel } from '@langchain/core/language_models/chat_models';
import type { AIMessageFields, BaseMessage, ToolCall } from '@langchain/core/messages';
import type { RunnableWithMessageHistory } from '@langchain/core/runnables';

export const say: (content: AIMessageFields['content'], more?: AIMessageFields) => AIMessageFields;
export const call: (id: string, name: string, args: object) => ToolCall;
export interface ScriptedModel extends BaseChatModel {
  seen: BaseMessage[][];
}
export const ScriptedModel: new (answers: (AIMessageFields | Error)[]) => ScriptedModel;
export const chainOf: (
  model: ScriptedModel,
  history: BaseListChatMessageHistory,
) => RunnableWithMessageHistory<{ question: string }, BaseMessage>;
export const agentWith: (
  model: ScriptedModel,
  history: BaseListChatMessageHistory,
) => RunnableWithMessageHistory<BaseMessage[], BaseMessage[]>;
export const CONFIG: { configurable: { sessionId: string } };
export interface Described {
  class: string;
  members: object;
  stored: object;
}
export const described: (message: BaseMessage) => Described;
