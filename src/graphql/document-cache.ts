import type { DocumentNode } from 'graphql';
import { createLru } from '../domain/lru.js';
import { createWhileKept } from '../domain/while-kept.js';

/** Of the documents that are kept parsed and validated. Parsed, a character takes about fifty bytes. */
const MAX_DOCUMENTS = 1_000;
const MAX_CHARACTERS = 500_000;
/** A longer one is not kept: no client sends such twice. */
const LONGEST = 20_000;

/** Keeps the documents that were used last, by any key, so that no client fills the memory with them, and finds those that others keep. */
export interface DocumentCache {
  get(key: string): DocumentNode | undefined;
  set(key: string, document: DocumentNode): void;
}

export function createDocumentCache(): DocumentCache {
  const documents = createLru<string, DocumentNode>(MAX_DOCUMENTS, MAX_CHARACTERS);
  /** Subscriptions keep theirs for as long as they last: equal ones share it. */
  const kept = createWhileKept<DocumentNode>();

  return {
    get: (key) => documents.get(key) ?? kept.get(key),
    set(key, document) {
      kept.set(key, document);
      const characters = lengthOf(document);
      if (characters <= LONGEST) documents.set(key, document, characters);
    },
  };
}

const lengthOf = ({ loc }: DocumentNode) => loc?.source.body.length ?? 0;
