import type { Steps } from '../../../domain/async/in-slices.js';
import type { GuardrailEvent, SessionGuardrailEvent } from '../../../domain/sessions/model.js';
import { type Doc, toBsonObject } from './bson-json.js';
import { dateOrNull, integerOrNull, objectOrNull, objectOrNullSteps, textOrNull } from './field-values.js';

/** `{action, timestamp, stop_reason?, policies_triggered?, trace?}` of a message. */
export function* guardrailEventSteps(doc: Doc): Steps<GuardrailEvent> {
  return {
    action: textOrNull(doc.action) ?? '',
    timestamp: dateOrNull(doc.timestamp),
    stopReason: textOrNull(doc.stop_reason),
    policiesTriggered: yield* objectOrNullSteps(doc.policies_triggered),
    trace: yield* objectOrNullSteps(doc.trace),
  };
}

export function sessionGuardrailEventFromDoc(doc: Doc): SessionGuardrailEvent {
  // Not its trace, which may be long.
  return {
    action: textOrNull(doc.action) ?? '',
    timestamp: dateOrNull(doc.timestamp),
    stopReason: textOrNull(doc.stop_reason),
    policiesTriggered: objectOrNull(doc.policies_triggered),
    trace: null,
    agentId: textOrNull(doc.agent_id),
    messageId: integerOrNull(doc.message_id),
    storageId: textOrNull(doc.storage_id),
  };
}

export function guardrailEventToDoc(event: GuardrailEvent): Doc {
  return {
    action: event.action,
    timestamp: event.timestamp,
    ...(event.stopReason === null ? {} : { stop_reason: event.stopReason }),
    ...(event.policiesTriggered ? { policies_triggered: toBsonObject(event.policiesTriggered) } : {}),
    ...(event.trace ? { trace: toBsonObject(event.trace) } : {}),
  };
}

/** As the session lists it: with the message it is about, without the trace, which may quote what was said. */
export function sessionGuardrailEventToDoc(
  event: GuardrailEvent,
  about: { agentId: string; messageId: number | null; storageId: string | null },
): Doc {
  return {
    message_id: about.messageId === null ? null : about.messageId,
    ...(about.storageId === null ? {} : { storage_id: about.storageId }),
    agent_id: about.agentId,
    ...guardrailEventToDoc({ ...event, trace: null }),
  };
}
