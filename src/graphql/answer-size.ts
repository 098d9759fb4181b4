import { ParleyError } from '../domain/errors.js';
import { charactersLeft } from '../domain/json/json-size.js';

/**
 * The longest answer. It is put together in memory before it is sent, and a text of megabytes can be asked for under a
 * thousand names.
 */
export const MAX_ANSWER_CHARACTERS = 32 * 1024 * 1024;

/** QUERY_TOO_COMPLEX for a result that is longer as JSON; null where it may be sent. */
export function answerTooLarge(result: unknown): ParleyError | null {
  return charactersLeft(result, MAX_ANSWER_CHARACTERS) >= 0 ? null : tooLongAnAnswer();
}

export const tooLongAnAnswer = () =>
  new ParleyError(
    'QUERY_TOO_COMPLEX',
    `The answer would be longer than ${MAX_ANSWER_CHARACTERS} characters. Ask for smaller pages, or for less of each item.`,
    { details: { limit: MAX_ANSWER_CHARACTERS } },
  );
