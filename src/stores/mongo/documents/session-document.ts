import type { Steps } from '../../../domain/async/in-slices.js';
import type { Feedback, Rating, Session } from '../../../domain/sessions/model.js';
import type { NewSession } from '../../../domain/sessions/session-store.js';
import { sessionDate } from '../reads/session-order.js';
import { sizedValue } from '../reads/sized-read.js';
import { type Doc, isDoc, jsonObjectSteps, toBsonObject, toJsonObject } from './bson-json.js';
import { dateOrNull, integerOrNull, listOf, textOrNull } from './field-values.js';
import { sessionGuardrailEventFromDoc } from './guardrail-document.js';

/** A session as `sessionProjection` gives it: the root's fields, and in its parts `message_count`, summed by the server. */
export function* sessionSteps(doc: Doc): Steps<Session> {
  const parts = sizedValue(doc.parts);
  return {
    sessionId: String(doc._id),
    sessionType: textOrNull(doc.session_type) ?? 'default',
    applicationName: textOrNull(doc.application_name),
    createdAt: sessionDate(doc.created_at),
    updatedAt: sessionDate(doc.updated_at),
    metadata: isDoc(parts.metadata) ? yield* jsonObjectSteps(parts.metadata) : {},
    feedback: yield* listed(parts.feedbacks, feedbackFromDoc),
    guardrailEvents: yield* listed(parts.guardrail_events, sessionGuardrailEventFromDoc),
    messageCount: integerOrNull(parts.message_count) ?? 0,
  };
}

/** There may be tens of thousands. */
function* listed<T>(list: unknown, fromDoc: (doc: Doc) => T): Steps<T[]> {
  const found: T[] = [];
  for (const one of listOf(list)) {
    if (isDoc(one)) found.push(fromDoc(one));
    yield;
  }
  return found;
}

/** The root fields of a new session without `agents`, `_id` and `updated_at`, as the Python library writes them. */
export function newSessionFields(session: NewSession, now: Date): Doc {
  return {
    session_id: session.sessionId,
    application_name: session.applicationName,
    session_type: session.sessionType,
    session_viewer_password: session.viewerPassword,
    created_at: now,
    metadata: toBsonObject(session.metadata),
    feedbacks: [],
    guardrail_events: [],
  };
}

export function feedbackFromDoc(doc: Doc): Feedback {
  const { rating, comment, created_at, ...fields } = doc;
  return {
    rating: ratingOrNull(rating),
    comment: textOrNull(comment),
    createdAt: dateOrNull(created_at),
    fields: toJsonObject(fields),
  };
}

export function feedbackToDoc({ rating, comment, fields }: Omit<Feedback, 'createdAt'>, now: Date): Doc {
  return { rating, comment, created_at: now, ...toBsonObject(fields) };
}

const ratingOrNull = (value: unknown): Rating | null => (value === 'up' || value === 'down' ? value : null);
