import type { Document } from 'mongodb';
import { idempotencyConflict, sessionNotFound } from '../../../domain/errors.js';
import type { Receipt } from '../../../domain/sessions/session-store.js';
import { isSameBody, receiptDoc, receiptPath } from '../documents/receipt-document.js';
import { WRITING } from '../driver/collection.js';
import { retrying } from '../driver/retry.js';
import { readSessionState } from './session-state.js';
import { removingReceipts } from './spent-receipts.js';
import type { WriteContext } from './write-context.js';

export interface ReceiptWrite {
  sessionId: string;
  agentId?: string;
  receipt: Receipt;
  now: Date;
  /** What must hold beside the session being there. */
  guard: Document;
  /** Update operators; the receipt is added. */
  update: { $set?: Document; $unset?: Document; $max?: Document; $push?: Document };
}

/** `repeated`: the write was made before, at `at`. `unmatched`: the session is there, the guard did not hold. */
export type Outcome =
  | { type: 'written' }
  | { type: 'repeated'; at: Date }
  | { type: 'unmatched'; hasAgent: boolean };

/**
 * One atomic update that leaves a receipt and is not made where the receipt is there. SESSION_NOT_FOUND, and
 * IDEMPOTENCY_CONFLICT for the receipt of another body.
 */
export async function writeWithReceipt(context: WriteContext, write: ReceiptWrite): Promise<Outcome> {
  const { sessions, spent } = context;
  const { sessionId, agentId, receipt, now, guard } = write;
  const path = receiptPath(receipt);
  const attempt = async (update: Document): Promise<Outcome> => {
    const filter = { ...guard, _id: sessionId, [path]: { $exists: false } };
    const { matchedCount } = await sessions.updateOne(filter, update, WRITING);
    if (matchedCount > 0) return { type: 'written' };
    const state = await readSessionState(sessions, sessionId, { agentId, receipt });
    if (!state) throw sessionNotFound(sessionId);
    if (!state.receipt) return { type: 'unmatched', hasAgent: state.hasAgent };
    if (!isSameBody(state.receipt, receipt)) throw idempotencyConflict(receipt.mutation);
    return { type: 'repeated', at: state.receipt.at };
  };
  const { $set = {}, $unset = {}, ...others } = write.update;
  const outcome = await removingReceipts(
    context,
    { sessionId, now },
    new Set([path]),
    (old) => {
      const unset = { ...$unset, ...Object.fromEntries(old.map((other) => [other, ''])) };
      const update = {
        ...others,
        $set: { ...$set, [path]: receiptDoc(receipt, now) },
        ...(Object.keys(unset).length > 0 ? { $unset: unset } : {}),
      };
      return retrying(() => attempt(update));
    },
    ({ type }) => type === 'written',
  );
  if (outcome.type === 'written' && receipt.unkeyed) spent.add(sessionId, [path]);
  return outcome;
}

/**
 * The same, tried once more where the guard did not hold of a session that is there: it may have been made between the update and the look
 * behind it. For guards that hold of every new session.
 */
export async function writeOnceMore(context: WriteContext, write: ReceiptWrite): Promise<Outcome> {
  const outcome = await writeWithReceipt(context, write);
  return outcome.type === 'unmatched' ? writeWithReceipt(context, write) : outcome;
}
