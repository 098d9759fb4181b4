import { inSlices, type Steps } from '../../../domain/async/in-slices.js';
import type { AppendedMessage } from '../../../domain/sessions/session-store.js';
import { openedMessage, toMessage } from '../reads/rows.js';
import type { Row } from '../statements.js';

/** A message that holds much, as its row: its texts go from thread to thread at once, where what they tell of takes hundreds of ms. */
export interface LargeMessage {
  large: { sessionId: string; agentId: string; row: Row; known: true | undefined };
}

/** Characters that are parsed in no time. */
const SMALL = 64 * 1024;
const TEXTS = ['content', 'metadata', 'event_loop_metrics', 'guardrail_event'];

/** What a write gives of a message. */
export type Given = AppendedMessage | LargeMessage;

export function givenMessage(sessionId: string, agentId: string, row: Row, known?: true): Given {
  const length = TEXTS.reduce((sum, column) => sum + (row[column]?.length ?? 0), 0);
  if (length > SMALL) return { large: { sessionId, agentId, row, known } };
  const message = toMessage(sessionId, agentId, row);
  return known ? { known, ...message } : message;
}

/** What is large is made in slices of the event loop's time. */
export const wholeMessage = async (given: Given): Promise<AppendedMessage> =>
  'large' in given ? inSlices(messageSteps(given)) : given;

function* messageSteps({ large: { sessionId, agentId, row, known } }: LargeMessage): Steps<AppendedMessage> {
  const message = toMessage(sessionId, agentId, yield* openedMessage(row, false));
  return known ? { known, ...message } : message;
}

export const placeOf = (given: Given): number =>
  'large' in given ? given.large.row.position : given.position;
