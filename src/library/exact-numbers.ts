import type { SessionService } from '../domain/session-service.js';
import { lossyNumberError } from '../domain/written-numbers.js';

/** Deeper values are refused as such. */
const MAX_DEPTH = 100;

/**
 * The service for callers whose numbers are JavaScript's: an integer beyond ±(2^53 - 1) may have been another one before it
 * became a number, so that it is refused. BAD_USER_INPUT, with its path, before anything is read or written.
 */
export function exactNumbers(service: SessionService): SessionService {
  const checked =
    <I, O>(write: (input: I) => Promise<O>) =>
    async (input: I): Promise<O> => {
      refuseUnsafe(input, []);
      return write(input);
    };
  return {
    ...service,
    createSession: checked(service.createSession),
    upsertAgent: checked(service.upsertAgent),
    appendMessages: checked(service.appendMessages),
    recordMetrics: checked(service.recordMetrics),
    redactMessage: checked(service.redactMessage),
    recordGuardrailEvent: checked(service.recordGuardrailEvent),
    updateMetadata: checked(service.updateMetadata),
    addFeedback: checked(service.addFeedback),
  };
}

function refuseUnsafe(value: unknown, path: readonly (string | number)[]): void {
  if (typeof value === 'number') {
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
      throw lossyNumberError({ path: [...path], digits: String(value) });
    }
    return;
  }
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || path.length > MAX_DEPTH)
    return;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) refuseUnsafe(item, [...path, index]);
  } else for (const [key, item] of Object.entries(value)) refuseUnsafe(item, [...path, key]);
}
