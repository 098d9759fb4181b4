import type { ReplyCollections } from '../documents/reply-document.js';
import type { Sessions } from '../driver/collection.js';
import type { Snapshots } from '../snapshots.js';
import type { DocumentSizes } from './document-sizes.js';
import type { ReceiptSweep } from './receipt-sweep.js';
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
