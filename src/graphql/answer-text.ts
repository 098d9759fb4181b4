import { inSlices } from '../domain/in-slices.js';
import { isOneStep, stringifySteps } from '../domain/write-json.js';
import { MAX_ANSWER_CHARACTERS, tooLongAnAnswer } from './answer-size.js';

/** What stands for a long text where Apollo Server passes on the string that it is given. */
class Pieces {
  constructor(readonly pieces: readonly Buffer[]) {}
}

/**
 * A result as JSON, the long ones written in slices of the event loop's time, and as UTF-8 outside of the heap: only `textOf` reads
 * it. QUERY_TOO_COMPLEX where it is too long.
 */
export async function answerText(result: unknown): Promise<string> {
  if (isOneStep(result)) return JSON.stringify(result);
  const pieces: Buffer[] = [];
  let characters = 0;
  const write = (piece: string) => {
    characters += piece.length;
    if (characters > MAX_ANSWER_CHARACTERS) throw tooLongAnAnswer();
    pieces.push(Buffer.from(piece));
  };
  await inSlices(stringifySteps(result, write));
  return new Pieces(pieces) as unknown as string;
}

/** The text of an answer: whole, or in pieces of UTF-8. */
export type AnswerText = string | readonly Buffer[];

export function textOf(text: string): AnswerText {
  const given: unknown = text;
  return given instanceof Pieces ? given.pieces : text;
}
