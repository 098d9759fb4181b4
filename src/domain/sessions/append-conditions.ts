import { messagesChanged, ParleyError } from '../errors.js';
import type { AppendMessages, NewMessage } from './session-store.js';

/** Why these messages of an append may not be added to the `count` that the agent has; null where they may. */
export function misplaced(
  { expectedMessageCount }: AppendMessages,
  added: readonly NewMessage[],
  count: number,
): ParleyError | null {
  if (expectedMessageCount !== undefined && expectedMessageCount !== count)
    return messagesChanged(count, expectedMessageCount);
  for (const [index, { supersedes = [] }] of added.entries()) {
    const position = count + index;
    const wrong = supersedes.find(({ to }) => to >= position);
    if (wrong) {
      return new ParleyError(
        'BAD_USER_INPUT',
        `supersedes is from ${wrong.from} to ${wrong.to} in a message that would have the position ${position}: it takes positions before its own.`,
      );
    }
  }
  return null;
}

/** Whether that depends on how many messages there are. */
export const isForPlace = ({ expectedMessageCount, messages }: AppendMessages): boolean =>
  expectedMessageCount !== undefined || messages.some(({ supersedes }) => supersedes !== undefined);
