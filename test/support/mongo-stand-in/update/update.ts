import { sizeOf } from '../bson/encode.js';
import type { Doc } from '../bson/values.js';
import { ServerError } from '../errors.js';
import type { Operation } from '../state/oplog.js';

export const MOST_DOCUMENT_BYTES = 16 * 1024 * 1024;

export interface Update {
  /** What a document becomes; undefined where nothing changes. `position` is the element that the filter matched. */
  apply(document: Doc, position: number | undefined): { document: Doc; operation: Operation } | undefined;
  /** The document that an upsert inserts where the filter matches none. */
  create(filter: Doc): Doc;
}

export function checkSize(document: Doc, code: number, message: string): void {
  if (sizeOf(document) > MOST_DOCUMENT_BYTES)
    throw new ServerError(code, `${message} ${MOST_DOCUMENT_BYTES}`);
}
