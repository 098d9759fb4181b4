import type { Sessions } from './collection.js';
import type { DocumentSizes } from './document-sizes.js';
import type { ReceiptSweep } from './receipt-sweep.js';
import type { ReplyCollections } from './reply-document.js';
import type { Snapshots } from './snapshots.js';
import type { SpentReceipts } from './spent-receipts.js';

/** What the writes share. */
export interface WriteContext {
  sessions: Sessions;
  snapshots: Snapshots;
  replies: ReplyCollections;
  sweep: ReceiptSweep;
  spent: SpentReceipts;
  sizes: DocumentSizes;
}
