import { sizeOf } from '../bson/encode.js';
import type { Doc } from '../bson/values.js';
import { ServerError } from '../errors.js';
import type { Since } from '../options.js';
import type { Operation } from '../state/oplog.js';

export const MOST_DOCUMENT_BYTES = 16 * 1024 * 1024;

export interface Update {
  /** What a document becomes; undefined where nothing changes. `position` is the element that the filter matched. */
  apply(document: Doc, position: number | undefined): { document: Doc; operation: Operation } | undefined;
  /** The document that an upsert inserts where the filter matches none. */
  create(filter: Doc): Doc;
}

/** What the server builds in memory may be a little larger than a document. */
export const MOST_BUILT_BYTES = MOST_DOCUMENT_BYTES + 16 * 1024;

export function checkSize(document: Doc, code: number, message: string): void {
  if (sizeOf(document) > MOST_DOCUMENT_BYTES)
    throw new ServerError(code, `${message} ${MOST_DOCUMENT_BYTES}`);
}

/** From 5.0 on what is far too large fails as it is built, before it is looked at as a document. */
export function checkUpdated(document: Doc, since: Since): void {
  const size = sizeOf(document);
  if (since('5.0') && size > MOST_BUILT_BYTES) throw cannotBuild(size);
  checkSize(document, 17419, 'Resulting document after update is larger than');
}

/** What an aggregation makes of documents, one by one. */
export function checkBuilt(document: Doc): void {
  const size = sizeOf(document);
  if (size > MOST_BUILT_BYTES) throw cannotBuild(size);
}

export const cannotBuild = (size: number, first = ''): ServerError =>
  new ServerError(
    10334,
    `BSONObj size: ${size} (0x${size.toString(16).toUpperCase()}) is invalid. Size must be between 0 and ${MOST_BUILT_BYTES}(16MB)${first}`,
  );
