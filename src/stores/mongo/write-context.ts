import type { Sessions } from './collection.js';
import type { DocumentSizes } from './document-sizes.js';
import type { ReceiptSweep } from './receipt-sweep.js';

/** What the writes share. */
export interface WriteContext {
  sessions: Sessions;
  sweep: ReceiptSweep;
  sizes: DocumentSizes;
}
