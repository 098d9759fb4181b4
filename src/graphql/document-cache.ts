import type { DocumentNode } from 'graphql';

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
  const documents = new Map<string, DocumentNode>();
  let characters = 0;
  /** Subscriptions keep theirs for as long as they last: equal ones share it. */
  const alive = new Map<string, WeakRef<DocumentNode>>();
  const forgetting = new FinalizationRegistry<string>((key) => {
    if (!alive.get(key)?.deref()) alive.delete(key);
  });

  return {
    get(key) {
      const known = documents.get(key);
      if (known) {
        // To the end: the first is the one that was not used for the longest time.
        documents.delete(key);
        documents.set(key, known);
      }
      return known ?? alive.get(key)?.deref();
    },
    set(key, document) {
      if (alive.get(key)?.deref() !== document) {
        alive.set(key, new WeakRef(document));
        forgetting.register(document, key);
      }
      if (documents.has(key) || lengthOf(document) > LONGEST) return;
      documents.set(key, document);
      characters += lengthOf(document);
      for (const [oldest, dropped] of documents) {
        if (documents.size <= MAX_DOCUMENTS && characters <= MAX_CHARACTERS) break;
        documents.delete(oldest);
        characters -= lengthOf(dropped);
      }
    },
  };
}

const lengthOf = ({ loc }: DocumentNode) => loc?.source.body.length ?? 0;
