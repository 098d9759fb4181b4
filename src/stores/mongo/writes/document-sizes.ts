import type { Logger } from 'pino';
import { createLru } from '../../../domain/lru.js';
import { MAX_DOCUMENT_BYTES } from '../driver/errors.js';

const WARN_FROM = 0.8;
const REMEMBERED = 10_000;

/** The sizes of the sessions that were written lately, in bytes: as read, and grown by this process's own writes. */
export interface DocumentSizes {
  of(sessionId: string): number | undefined;
  /** Logs a session the first time it is found to fill 80 % of what MongoDB stores in one document. */
  set(sessionId: string, bytes: number): void;
  forget(sessionId: string): void;
  /** How many sessions were logged so. */
  nearlyFull(): number;
}

export function createDocumentSizes(log: Logger): DocumentSizes {
  const sizes = createLru<string, number>(REMEMBERED);
  const warned = createLru<string, true>(REMEMBERED);
  let nearlyFull = 0;
  return {
    of: (sessionId) => sizes.get(sessionId),
    set(sessionId, bytes) {
      sizes.set(sessionId, bytes);
      if (bytes < MAX_DOCUMENT_BYTES * WARN_FROM || warned.get(sessionId)) return;
      warned.set(sessionId, true);
      nearlyFull++;
      log.warn(
        { sessionId, bytes, maxBytes: MAX_DOCUMENT_BYTES },
        'A session fills most of its document; past 16 MB it takes no more messages',
      );
    },
    forget: (sessionId) => sizes.delete(sessionId),
    nearlyFull: () => nearlyFull,
  };
}
