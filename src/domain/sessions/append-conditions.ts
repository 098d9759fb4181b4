import { messagesChanged, type ParleyError } from '../errors.js';
import type { AppendMessages } from './session-store.js';

/** Why an append may not be made to an agent that has `count` messages: MESSAGES_CHANGED. Null where it may. */
export function misplaced({ expectedMessageCount }: AppendMessages, count: number): ParleyError | null {
  if (expectedMessageCount === undefined || expectedMessageCount === count) return null;
  return messagesChanged(count, expectedMessageCount);
}

/** Whether it may depends on how many messages there are. */
export const isForPlace = ({ expectedMessageCount }: AppendMessages): boolean =>
  expectedMessageCount !== undefined;
