import { inSlices } from '../domain/in-slices.js';
import type { Later } from '../domain/later.js';
import { isOneStep, stringifySteps, textSteps } from '../domain/write-json.js';
import { MAX_ANSWER_CHARACTERS, tooLongAnAnswer } from './answer-size.js';

/** Characters of a text that is sent as one. */
const SENT_AT_ONCE = 256 * 1024;

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
  return new Pieces(await piecesOfJson(result)) as unknown as string;
}

async function piecesOfJson(result: unknown): Promise<Buffer[]> {
  const pieces: Buffer[] = [];
  let characters = 0;
  const write = (piece: string) => {
    characters += piece.length;
    if (characters > MAX_ANSWER_CHARACTERS) throw tooLongAnAnswer();
    pieces.push(Buffer.from(piece));
  };
  await inSlices(stringifySteps(result, write));
  return pieces;
}

/** JSON that is written already, as it is sent: long texts become bytes in slices of the event loop's time. */
export const sentText = (json: string): Later<AnswerText> =>
  json.length <= SENT_AT_ONCE ? json : inPieces(json);

async function inPieces(json: string): Promise<readonly Buffer[]> {
  const pieces: Buffer[] = [];
  await inSlices(textSteps(json, (piece) => pieces.push(Buffer.from(piece))));
  return pieces;
}

/** The text of an answer: whole, or in pieces of UTF-8. */
export type AnswerText = string | readonly Buffer[];

export function textOf(text: string): AnswerText {
  const given: unknown = text;
  return given instanceof Pieces ? given.pieces : text;
}
