import type { Steps } from '../in-slices.js';
import { parseSteps } from '../parse-json.js';
import type { ReplyPart } from './model.js';

/** Characters that are parsed without a pause. */
const AT_ONCE = 64 * 1024;

type Columns = [
  block: number,
  text: string,
  kind: ReplyPart['kind'],
  toolUseId: string | null,
  name: string | null,
  status: ReplyPart['status'],
];

/** Parts as one text, for a database that looks into none of them. */
export const partsToText = (parts: readonly ReplyPart[]): string =>
  JSON.stringify(
    parts.map(
      ({ block, text, kind, toolUseId, name, status }): Columns => [
        block,
        text,
        kind,
        toolUseId,
        name,
        status,
      ],
    ),
  );

export const partsFromText = (text: string): ReplyPart[] => partsOf(JSON.parse(text) as Columns[]);

/** The same in steps, of what is long. */
export function* partsSteps(text: string): Steps<ReplyPart[]> {
  if (text.length <= AT_ONCE) return partsFromText(text);
  return partsOf((yield* parseSteps(text)).value as Columns[]);
}

const partsOf = (columns: readonly Columns[]): ReplyPart[] =>
  columns.map(([block, piece, kind, toolUseId, name, status]) => ({
    block,
    text: piece,
    kind,
    toolUseId,
    name,
    status,
  }));
