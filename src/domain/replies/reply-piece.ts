/**
 * What comes next in a reply. A text alone is speech. Speech and thoughts go on in the block before them where that is of their kind, or in the one
 * of their `id`; the input and the result of a tool in the block of their call, data in that of its form.
 */
export type ReplyPiece =
  | string
  | { kind?: 'text' | 'reasoning'; id?: string; text: string }
  | { kind: 'tool-input'; toolUseId: string; name: string; text: string }
  | { kind: 'tool-result'; toolUseId: string; status?: 'success' | 'error'; text: string }
  | { kind: 'data'; name: string; text: string };
