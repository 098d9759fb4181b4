import { inSlices, type Steps } from '../domain/in-slices.js';
import { JsonText } from '../domain/json-text.js';
import type { Later } from '../domain/later.js';
import { isOneStep, stringifySteps, textSteps } from '../domain/write-json.js';
import { MAX_ANSWER_CHARACTERS, tooLongAnAnswer } from './answer-size.js';

/** Characters of a text that is sent as one. */
const SENT_AT_ONCE = 256 * 1024;
/** Characters from which on they become a piece. */
const PIECE = 16 * 1024;

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
  return new Pieces(await inPieces((write) => stringifySteps(result, write))) as unknown as string;
}

/** No JSON holds the character that stands around the place of a value among those that are long. */
const MARK = '\0';
export const markOf = (place: number): string => MARK + place + MARK;

/**
 * JSON that is written already, as it is sent, with the values of its marks in their places: what is long becomes bytes in slices of
 * the event loop's time. QUERY_TOO_COMPLEX where it is too long with them.
 */
export function sentText(json: string, long: readonly unknown[] = []): Later<AnswerText> {
  if (long.length === 0)
    return json.length <= SENT_AT_ONCE ? json : inPieces((write) => textSteps(json, write));
  return inPieces((write) => filledSteps(json, long, write));
}

function* filledSteps(json: string, long: readonly unknown[], write: (piece: string) => void): Steps<void> {
  for (const [index, part] of json.split(MARK).entries()) {
    const value = long[Number(part)];
    if (index % 2 === 0) yield* textSteps(part, write);
    else if (value instanceof JsonText) yield* textSteps(value.json, write);
    else yield* stringifySteps(value, write);
  }
}

/** What the steps write, as UTF-8. */
async function inPieces(stepsOf: (write: (piece: string) => void) => Steps<void>): Promise<Buffer[]> {
  const pieces: Buffer[] = [];
  let short = '';
  let characters = 0;
  const take = () => {
    if (short !== '') pieces.push(Buffer.from(short));
    short = '';
  };
  await inSlices(
    stepsOf((piece) => {
      characters += piece.length;
      if (characters > MAX_ANSWER_CHARACTERS) throw tooLongAnAnswer();
      short += piece;
      if (short.length >= PIECE) take();
    }),
  );
  take();
  return pieces;
}

/** The text of an answer: whole, or in pieces of UTF-8. */
export type AnswerText = string | readonly Buffer[];

export const answerBytes = (text: AnswerText): Buffer =>
  typeof text === 'string' ? Buffer.from(text) : Buffer.concat(text);

export const wholeText = (text: AnswerText): string =>
  typeof text === 'string' ? text : answerBytes(text).toString();

export function textOf(text: string): AnswerText {
  const given: unknown = text;
  return given instanceof Pieces ? given.pieces : text;
}
