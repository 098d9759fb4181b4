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

export const partsFromText = (text: string): ReplyPart[] =>
  (JSON.parse(text) as Columns[]).map(([block, piece, kind, toolUseId, name, status]) => ({
    block,
    text: piece,
    kind,
    toolUseId,
    name,
    status,
  }));
