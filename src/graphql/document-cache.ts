import type { DocumentNode } from 'graphql';
import { createLru } from '../domain/lru.js';

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
  const alive = new Map<string, WeakRef<DocumentNode>>();
  const forgetting = new FinalizationRegistry<string>((key) => {
    if (!alive.get(key)?.deref()) alive.delete(key);
  });

  return {
    get: (key) => documents.get(key) ?? alive.get(key)?.deref(),
    set(key, document) {
      if (alive.get(key)?.deref() !== document) {
        alive.set(key, new WeakRef(document));
        forgetting.register(document, key);
      }
      const characters = lengthOf(document);
      if (characters <= LONGEST) documents.set(key, document, characters);
    },
  };
}

const lengthOf = ({ loc }: DocumentNode) => loc?.source.body.length ?? 0;
