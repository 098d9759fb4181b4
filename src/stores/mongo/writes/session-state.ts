import type { Receipt } from '../../../domain/sessions/session-store.js';
import { receiptPath, type StoredReceipt, storedReceipt } from '../documents/receipt-document.js';
import { READING, type Sessions } from '../driver/collection.js';
import { AGENTS } from '../reads/read-expressions.js';

/** What a write needs to know when its guard did not hold. */
export interface SessionState {
  hasAgent: boolean;
  receipt: StoredReceipt | null;
}

/** Null where there is no such session. */
export async function readSessionState(
  sessions: Sessions,
  sessionId: string,
  about: { agentId?: string | undefined; receipt: Receipt },
): Promise<SessionState | null> {
  const agentIds = { $map: { input: AGENTS, as: 'a', in: '$$a.k' } };
  const [doc] = await sessions
    .aggregate(
      [
        { $match: { _id: sessionId } },
        {
          $project: {
            has_agent: { $in: [{ $literal: about.agentId ?? null }, agentIds] },
            receipt: `$${receiptPath(about.receipt)}`,
          },
        },
      ],
      READING,
    )
    .toArray();
  return doc ? { hasAgent: doc.has_agent === true, receipt: storedReceipt(doc.receipt) } : null;
}
