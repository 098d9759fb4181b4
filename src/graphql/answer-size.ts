import { ParleyError } from '../domain/errors.js';

/**
 * The longest answer. It is put together in memory before it is sent, and a text of megabytes can be asked for under a
 * thousand names.
 */
export const MAX_ANSWER_CHARACTERS = 32 * 1024 * 1024;

/** QUERY_TOO_COMPLEX for a result that is longer as JSON; null where it may be sent. */
export function answerTooLarge(result: unknown): ParleyError | null {
  if (charactersLeft(result, MAX_ANSWER_CHARACTERS) >= 0) return null;
  return new ParleyError(
    'QUERY_TOO_COMPLEX',
    `The answer would be longer than ${MAX_ANSWER_CHARACTERS} characters. Ask for smaller pages, or for less of each item.`,
    { details: { limit: MAX_ANSWER_CHARACTERS } },
  );
}

/** What `value` leaves of so many characters, about; negative as soon as it needs more. */
function charactersLeft(value: unknown, characters: number): number {
  if (typeof value === 'string') return characters - value.length - 2;
  if (typeof value !== 'object' || value === null) return characters - 5;
  let left = characters;
  if (Array.isArray(value)) {
    for (const item of value) {
      if (left < 0) break;
      left = charactersLeft(item, left - 1);
    }
    return left;
  }
  // Every key is the object's own: it comes from graphql-js or from JSON.
  for (const key in value) {
    if (left < 0) break;
    left = charactersLeft((value as Record<string, unknown>)[key], left - key.length - 4);
  }
  return left;
}
