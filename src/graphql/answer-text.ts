import { inSlices, type Steps } from '../domain/async/in-slices.js';
import type { Later } from '../domain/async/later.js';
import { utf8Of } from '../domain/json/encode-utf8.js';
import { JsonText } from '../domain/json/json-text.js';
import { isOneStep, stringifySteps, textSteps } from '../domain/json/write-json.js';
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
  return asOneText(await inPieces((pieces) => stringifySteps(result, pieces.write)));
}

/** No JSON holds the character that stands around the place of a value among those that are long. */
const MARK = '\0';
export const markOf = (place: number): string => MARK + place + MARK;

/** A part of the JSON, as bytes. */
class Aside {
  readonly bytes: Buffer;
  readonly characters: number;

  constructor(json: string) {
    this.bytes = utf8Of(json);
    this.characters = json.length;
  }
}

/** What is left as a text between two marks. */
const LEFT = 1024;

/** The text with marks for most of it, which becomes bytes, beside those that it has already. `long`: the values of marks. */
export function asideIn(text: string, long: unknown[]): string {
  let left = '';
  for (const [index, part] of text.split(MARK).entries()) {
    if (index % 2 === 1) left += markOf(Number(part));
    else left += part.length > LEFT ? markOf(long.push(new Aside(part)) - 1) : part;
  }
  return left;
}

/**
 * JSON that is written already, as it is sent, with the values of its marks in their places: what is long becomes bytes in slices of
 * the event loop's time. QUERY_TOO_COMPLEX where it is too long with them.
 */
export function sentText(json: string, long: readonly unknown[] = []): Later<AnswerText> {
  if (long.length > 0) return inPieces((pieces) => filledSteps(json, long, pieces));
  return json.length <= SENT_AT_ONCE ? json : inPieces((pieces) => textSteps(json, pieces.write));
}

function* filledSteps(
  json: string,
  long: readonly unknown[],
  pieces: ReturnType<typeof createPieces>,
): Steps<void> {
  /** Of values that stand there under several names. */
  const written = new Map<unknown, readonly Buffer[]>();
  for (const [index, part] of json.split(MARK).entries()) {
    if (index % 2 === 0) {
      yield* textSteps(part, pieces.write);
      continue;
    }
    const value = long[Number(part)];
    if (value instanceof Aside) {
      pieces.add([value.bytes], value.characters);
      continue;
    }
    const known = written.get(value);
    if (known) {
      pieces.add(known);
      continue;
    }
    const before = pieces.taken().length;
    const said = value instanceof JsonText ? value.written : null;
    if (said === null) yield* stringifySteps(value, pieces.write);
    else if (typeof said === 'string') yield* textSteps(said, pieces.write);
    else pieces.add([said]);
    if (typeof value === 'object') written.set(value, pieces.taken().slice(before));
  }
}

/** What is written, as UTF-8. */
function createPieces() {
  const pieces: Buffer[] = [];
  let short = '';
  let characters = 0;

  function count(more: number): void {
    characters += more;
    if (characters > MAX_ANSWER_CHARACTERS) throw tooLongAnAnswer();
  }
  function taken(): readonly Buffer[] {
    if (short !== '') pieces.push(utf8Of(short));
    short = '';
    return pieces;
  }

  return {
    write(text: string): void {
      count(text.length);
      short += text;
      if (short.length >= PIECE) taken();
    },
    /** Those that are there already: they count by their bytes, where their characters are not known. */
    add(more: readonly Buffer[], characters?: number): void {
      taken();
      for (const piece of more) {
        count(characters ?? piece.length);
        pieces.push(piece);
      }
    },
    taken,
  };
}

async function inPieces(
  stepsOf: (pieces: ReturnType<typeof createPieces>) => Steps<void>,
): Promise<readonly Buffer[]> {
  const pieces = createPieces();
  await inSlices(stepsOf(pieces));
  return pieces.taken();
}

/** The text of an answer: whole, or in pieces of UTF-8. */
export type AnswerText = string | readonly Buffer[];

export const answerBytes = (text: AnswerText): Buffer =>
  typeof text === 'string' ? utf8Of(text) : Buffer.concat(text);

export const wholeText = (text: AnswerText): string =>
  typeof text === 'string' ? text : answerBytes(text).toString();

/** An answer where Apollo Server takes one string: only `textOf` reads it. */
export const asOneText = (text: AnswerText): string =>
  typeof text === 'string' ? text : (new Pieces(text) as unknown as string);

export function textOf(text: string): AnswerText {
  const given: unknown = text;
  return given instanceof Pieces ? given.pieces : text;
}
