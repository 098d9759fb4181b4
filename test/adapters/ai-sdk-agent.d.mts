import type * as ai from 'ai';
import type { UIMessage, UIMessageChunk } from 'ai';
import type * as test from 'ai/test';

export interface Sdk {
  ai: typeof ai;
  test: typeof test;
}
/** The oldest is used in the ways alone that it has in common with the newest. */
export const SDKS: { newest(): Promise<Sdk>; oldest(): Promise<Sdk> };

export function text(said: string, id?: string): { type: string }[];
export function call(toolCallId: string, toolName: string, input: object): { type: string };
export function user(said: string, id?: string): UIMessage;
export function streamOf(
  sdk: Sdk,
  messages: UIMessage[],
  steps: object[][],
  ui?: object,
  more?: { delay?: (chunk: { type: string }) => Promise<void>; abortSignal?: AbortSignal },
): Promise<ReadableStream<UIMessageChunk>>;
export function turn(
  sdk: Sdk,
  messages: UIMessage[],
  steps: object[][],
  ui?: object,
): Promise<{ messages: UIMessage[]; isContinuation: boolean }>;
export function answered(messages: UIMessage[], approved: boolean): UIMessage[];
