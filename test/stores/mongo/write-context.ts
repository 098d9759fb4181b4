import { pino } from 'pino';
import { replyCollectionsOf } from '../../../src/stores/mongo/documents/reply-document.js';
import { type Sessions, sessionsOf } from '../../../src/stores/mongo/driver/collection.js';
import { snapshotsOf } from '../../../src/stores/mongo/snapshots.js';
import { createDocumentSizes } from '../../../src/stores/mongo/writes/document-sizes.js';
import { createReceiptSweep } from '../../../src/stores/mongo/writes/receipt-sweep.js';
import { createSpentReceipts } from '../../../src/stores/mongo/writes/spent-receipts.js';
import type { WriteContext } from '../../../src/stores/mongo/writes/write-context.js';
import type { TestDatabase } from './server.js';

type Method = 'deleteOne' | 'updateOne';

/** What writes share, on the database; `behind` comes to be once the first call of the method is made, and its answer is what that makes of it. */
export function interrupted(
  { client, name }: TestDatabase,
  method: Method,
  behind: (answer: unknown) => Promise<unknown>,
): WriteContext {
  const names = [client, name, 'sessions'] as const;
  const sessions = sessionsOf(...names);
  let first = true;
  return {
    sessions: new Proxy(sessions, {
      get(target, property) {
        const value = Reflect.get(target, property, target);
        if (property !== method || !first) return typeof value === 'function' ? value.bind(target) : value;
        first = false;
        return async (...given: unknown[]) => behind(await value.apply(target, given));
      },
    }) as Sessions,
    snapshots: snapshotsOf(...names),
    replies: replyCollectionsOf(...names),
    sweep: createReceiptSweep(sessions),
    spent: createSpentReceipts(),
    sizes: createDocumentSizes(pino({ level: 'silent' })),
  };
}
