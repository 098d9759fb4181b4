import type { Document } from 'mongodb';
import { redactedMetadata } from '../../../domain/access/redacted-metadata.js';
import { agentNotFound, ParleyError } from '../../../domain/errors.js';
import type { JsonObject } from '../../../domain/json/json-value.js';
import { canonicalJson } from '../../../domain/sessions/idempotency.js';
import type { Message } from '../../../domain/sessions/model.js';
import type {
  MessageAddress,
  MessageKey,
  RecordGuardrailEvent,
  RecordMetrics,
  RedactMessage,
} from '../../../domain/sessions/session-store.js';
import { toBsonObject } from '../documents/bson-json.js';
import { contentToBson } from '../documents/content-document.js';
import { guardrailEventToDoc, sessionGuardrailEventToDoc } from '../documents/guardrail-document.js';
import { loadMessages } from '../reads/read-messages.js';
import { type Outcome, writeWithReceipt } from './receipt-write.js';
import { dropAllText } from './reply-parts.js';
import type { WriteContext } from './write-context.js';

const ATTEMPTS = 5;

export async function recordMetrics(context: WriteContext, input: RecordMetrics): Promise<Message> {
  const { sessionId, agentId, metrics, receipt, now } = input;
  const [named] = 'clientId' in input ? await loadMessages(context.sessions, [input], []) : [];
  const { guard, path } = targetOf(named ? { agentId, position: named.position } : input);
  const outcome = await writeWithReceipt(context, {
    sessionId,
    agentId,
    receipt,
    now,
    guard,
    update: { $set: { [`${path}.event_loop_metrics`]: toBsonObject(metrics) } },
  });
  refuseUnmatched(outcome, input);
  return asItIsNow(context, input);
}

/**
 * The replacement is put in the place of the original, in both shapes of a message, and marked as one. The reply that has become the
 * message loses its text before this is answered; a repetition makes up for a crash in between.
 */
export async function redactMessage(context: WriteContext, input: RedactMessage): Promise<Message> {
  const message = await changeFound(context, input, (found) => redactionOf(found, input));
  const { sessionId, agentId, position } = message;
  await dropAllText(context.replies, { session_id: sessionId, agent_id: agentId, position });
  return message;
}

export const recordGuardrailEvent = (context: WriteContext, input: RecordGuardrailEvent): Promise<Message> =>
  changeFound(context, input, (message) => {
    const path = `agents.${message.agentId}.messages.${message.position}`;
    const { guardrailEvent } = input;
    return {
      $set: { [`${path}.guardrail_event`]: guardrailEventToDoc(guardrailEvent) },
      $push: { guardrail_events: sessionGuardrailEventToDoc(guardrailEvent, message) },
    };
  });

/**
 * The message is found first, because the session's list of guardrail events names its number and identity; the write
 * then holds only while that identity is at that index. Of what it says no more than its metadata is read.
 */
async function changeFound(
  context: WriteContext,
  input: RedactMessage | RecordGuardrailEvent,
  updateOf: (message: Message) => Document,
): Promise<Message> {
  const { sessionId, agentId, receipt, now } = input;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const [message] = await loadMessages(context.sessions, [input], ['metadata']);
    const outcome = await writeWithReceipt(context, {
      sessionId,
      agentId,
      receipt,
      now,
      guard: message ? isStillThere(message) : NEVER,
      update: message ? updateOf(message) : {},
    });
    if (!message) refuseUnmatched(outcome, input);
    if (outcome.type !== 'unmatched')
      return asItIsNow(context, message ? { sessionId, agentId, position: message.position } : input);
    if (!outcome.hasAgent) throw agentNotFound(sessionId, agentId);
  }
  throw new ParleyError('STORE_UNAVAILABLE', 'The message is being written anew by others. Try again.');
}

/** Holds for no session: only the receipt and what is missing are asked for. */
const NEVER: Document = { $nor: [{}] };

function redactionOf(message: Message, input: RedactMessage) {
  const { agentId, position, messageId, storageId } = message;
  const { replacement, guardrailEvent, now } = input;
  const agent = `agents.${agentId}`;
  const path = `${agent}.messages.${position}`;
  const content = contentToBson(replacement.content);
  const { role } = replacement;
  const metadata = leftMetadata(message);
  return {
    $set: {
      ...(metadata ? { [`${path}.message.metadata`]: toBsonObject(metadata) } : {}),
      [`${path}.message.role`]: role,
      [`${path}.message.content`]: content,
      [`${path}.redact_message`]: { role, content },
      ...(guardrailEvent ? { [`${path}.guardrail_event`]: guardrailEventToDoc(guardrailEvent) } : {}),
    },
    // Where old documents have the original, beside `message`.
    $unset: {
      [`${path}.role`]: '',
      [`${path}.content`]: '',
      ...(metadata === null ? { [`${path}.message.metadata`]: '' } : {}),
      // An earlier event may quote what was said.
      ...(guardrailEvent ? {} : { [`${path}.guardrail_event.trace`]: '' }),
    },
    $max: { [`${path}.updated_at`]: now, [`${agent}.updated_at`]: now, updated_at: now },
    ...(guardrailEvent
      ? {
          $push: {
            guardrail_events: sessionGuardrailEventToDoc(guardrailEvent, { agentId, messageId, storageId }),
          },
        }
      : {}),
  };
}

/** What to write in the place of a message's metadata (null: nothing); undefined where it holds no more than may stay. */
function leftMetadata({ metadata, redacted }: Message): JsonObject | null | undefined {
  const left = redactedMetadata(metadata);
  // Of a message that another program redacted no more than that was read, though more may lie there.
  return redacted || canonicalJson(left) !== canonicalJson(metadata) ? left : undefined;
}

function isStillThere({ agentId, position, storageId }: Message): Document {
  const path = `agents.${agentId}.messages.${position}`;
  return storageId === null
    ? { [path]: { $exists: true }, [`${path}.storage_id`]: { $in: [null, ''] } }
    : { [`${path}.storage_id`]: storageId };
}

/** By identity or number the positional operator writes to the first element that has it. */
function targetOf({ agentId, ...key }: { agentId: string } & MessageKey): { guard: Document; path: string } {
  const messages = `agents.${agentId}.messages`;
  if ('position' in key) {
    const path = `${messages}.${key.position}`;
    return { guard: { [path]: { $exists: true } }, path };
  }
  // No message has that client's id.
  if ('clientId' in key) return { guard: NEVER, path: `${messages}.0` };
  const guard =
    'storageId' in key
      ? { [`${messages}.storage_id`]: key.storageId }
      : { [`${messages}.message_id`]: key.messageId };
  return { guard, path: `${messages}.$` };
}

function refuseUnmatched(outcome: Outcome, address: MessageAddress): void {
  if (outcome.type !== 'unmatched') return;
  if (!outcome.hasAgent) throw agentNotFound(address.sessionId, address.agentId);
  throw messageNotFound(address);
}

async function asItIsNow(context: WriteContext, address: MessageAddress): Promise<Message> {
  const [message] = await loadMessages(context.sessions, [address]);
  if (!message) throw messageNotFound(address);
  return message;
}

function messageNotFound(address: MessageAddress): ParleyError {
  const { sessionId, agentId, ...key } = address;
  const which =
    'storageId' in key
      ? `with storage id ${JSON.stringify(key.storageId)}`
      : 'position' in key
        ? `at position ${key.position}`
        : 'clientId' in key
          ? `with clientId ${JSON.stringify(key.clientId)}`
          : `with message id ${key.messageId}`;
  return new ParleyError(
    'MESSAGE_NOT_FOUND',
    `Agent ${JSON.stringify(agentId)} of session ${JSON.stringify(sessionId)} has no message ${which}.`,
  );
}
