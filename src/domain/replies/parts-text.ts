import type { Steps } from '../async/in-slices.js';
import { valueSteps } from '../json/parse-json.js';
import type { ReplyPart } from './model.js';

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
  return partsOf((yield* valueSteps(text)) as Columns[]);
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
