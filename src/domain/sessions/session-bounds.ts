import { ParleyError } from '../errors.js';
import { charactersLeft } from '../json/json-size.js';
import { jsonWeight, MAX_JSON_WEIGHT } from '../json/json-weight.js';
import type { ReadBudget } from '../read-budget.js';

/* What one session may hold. */

/** Whoever follows it is told with each event where each of them stands. */
export const MAX_AGENTS = 2_000;
export const MAX_FEEDBACKS = 20_000;
/** Of one feedback, and of all of a session: comments and the callers' own fields. */
export const MAX_FEEDBACK_BYTES = 64 * 1024;
export const MAX_FEEDBACKS_BYTES = 8 * 1024 * 1024;
/** What guardrails did, as a session lists it: without the traces, which stand on the messages. */
export const MAX_GUARDRAIL_EVENTS = 20_000;
const MAX_GUARDRAIL_EVENTS_BYTES = 8 * 1024 * 1024;
/** As JSON. On MongoDB the whole session has 16 MB. */
const MAX_METADATA_BYTES = 12 * 1024 * 1024;
/** What agents keep of themselves in it, as the API writes it. */
export const MAX_SNAPSHOTS = 10_000;
/** What an append reads of messages that are there already, beyond what it brings of them: what was recorded with them, or put in their place. */
const MAX_REPEATED_BYTES = 8 * 1024 * 1024;
/** Bytes that a character of it takes at most, in JSON. */
const BYTES_OF_CHARACTER = 6;
/** How far past its end an element of a list may be set: what lies between is filled with null. */
export const MAX_ARRAY_PADDING = 1_000;

/** Before one more is made in a session that has so many. DOCUMENT_TOO_LARGE. */
export function checkAgents(count: number): void {
  if (count < MAX_AGENTS) return;
  throw new ParleyError(
    'DOCUMENT_TOO_LARGE',
    `A session holds at most ${MAX_AGENTS} agents. Go on in a new session.`,
    { details: { maxAgents: MAX_AGENTS } },
  );
}

/** Of the bytes of a session's feedback, with the one that is to be added. DOCUMENT_TOO_LARGE. */
export function checkFeedbacks(count: number, bytes: number): void {
  if (count > MAX_FEEDBACKS || bytes > MAX_FEEDBACKS_BYTES) throw tooMuchFeedback();
}

/** Of the bytes of a session's list, with the event that is to be added. DOCUMENT_TOO_LARGE. */
export function checkGuardrailEvents(count: number, bytes: number): void {
  if (count <= MAX_GUARDRAIL_EVENTS && bytes <= MAX_GUARDRAIL_EVENTS_BYTES) return;
  throw new ParleyError(
    'DOCUMENT_TOO_LARGE',
    `A session lists at most ${MAX_GUARDRAIL_EVENTS} guardrail events, with ${MAX_GUARDRAIL_EVENTS_BYTES} bytes together. Redact without guardrailEvent.`,
    { details: { maxGuardrailEvents: MAX_GUARDRAIL_EVENTS, maxBytes: MAX_GUARDRAIL_EVENTS_BYTES } },
  );
}

export const tooMuchFeedback = () =>
  new ParleyError(
    'DOCUMENT_TOO_LARGE',
    `A session holds at most ${MAX_FEEDBACKS} feedbacks, with ${MAX_FEEDBACKS_BYTES} bytes of comments and fields together. Go on in a new session.`,
    { details: { maxFeedbacks: MAX_FEEDBACKS, maxBytes: MAX_FEEDBACKS_BYTES } },
  );

/**
 * Of the bytes that messages take which an append names by what identifies them, before they are read: a hundred names are short, and what
 * stands under them is not. QUERY_TOO_COMPLEX.
 */
export function checkRepetition(bytes: number, messages: readonly object[]): void {
  const brought = (bytes - MAX_REPEATED_BYTES) / BYTES_OF_CHARACTER;
  if (brought <= 0 || charactersLeft(messages, brought) <= 0) return;
  throw new ParleyError(
    'QUERY_TOO_COMPLEX',
    `The messages that are there already take ${bytes} bytes, far more than this append brings. Repeat it with fewer messages at once.`,
    { details: { bytes } },
  );
}

/** The same, for a store that learns of their bytes as it reads them. */
export function repetitionBudget(messages: readonly object[]): ReadBudget {
  let taken = 0;
  const takeNow = (bytes: number) => {
    taken += bytes;
    checkRepetition(taken, messages);
    return true;
  };
  return { takeNow, take: async (bytes) => void takeNow(bytes) };
}

export const tooManySnapshots = (most: number) =>
  new ParleyError(
    'DOCUMENT_TOO_LARGE',
    `The session has ${most} snapshots, the most that it may. Delete those that are needed no more.`,
    { details: { limit: most } },
  );

/** How large metadata is as JSON. */
export interface MetadataSize {
  bytes: number;
  /** As `jsonWeight` gives it. */
  weight: number;
}

export const sizeOfMetadata = (json: string): MetadataSize => ({
  bytes: Buffer.byteLength(json),
  weight: jsonWeight(json, { limit: MAX_JSON_WEIGHT }),
});

/** DOCUMENT_TOO_LARGE. */
export function checkMetadataSize({ bytes, weight }: MetadataSize): void {
  if (weight > MAX_JSON_WEIGHT) {
    throw new ParleyError(
      'DOCUMENT_TOO_LARGE',
      "The session's metadata would have too many lists, objects and names to be read again. Delete some first.",
    );
  }
  if (bytes <= MAX_METADATA_BYTES) return;
  throw new ParleyError(
    'DOCUMENT_TOO_LARGE',
    `The session's metadata would take ${bytes} bytes as JSON; at most ${MAX_METADATA_BYTES} are allowed. Delete some first.`,
    { details: { bytes, maxBytes: MAX_METADATA_BYTES } },
  );
}
