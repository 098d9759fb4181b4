import { randomBytes } from 'node:crypto';
import { appendAudit, createKey, pruneAudit, revokeKey, touchKey } from '../access.js';
import { releaseLease, takeLease } from '../leases.js';
import { deleteSnapshot, writeSnapshot } from '../snapshots.js';
import type { Statements } from '../statements.js';
import { moveAudit, moveSnapshot } from '../transfer-beside.js';
import {
  beginWebhook,
  discardWebhooks,
  enableWebhook,
  forgetWebhook,
  reviveWebhooks,
  saveWebhook,
} from '../webhooks.js';
import { writeTransfer } from '../write-transfer.js';
import type { CallsOfWrites } from './commit-group.js';
import { expireSession } from './expiry.js';
import { eraseGrave } from './graves.js';
import { dropPartsOn } from './reply-log.js';
import { recountOn } from './usage-totals.js';
import { upsertAgent } from './write-agents.js';
import { appendMessages, recordGuardrailEvent, recordMetrics, redactMessage } from './write-messages.js';
import { abandonReplies, appendParts, endReply, pruneReplies, startReply } from './write-replies.js';
import { addFeedback, changeMetadata, createSession, deleteSession } from './write-sessions.js';

/** What the writer's thread does, by the method of the call. */
export const WRITES: CallsOfWrites = {
  createSession,
  deleteSession,
  upsertAgent,
  appendMessages,
  recordMetrics,
  redactMessage,
  recordGuardrailEvent,
  changeMetadata,
  addFeedback,
  writeSnapshot,
  deleteSnapshot,
  secret,
  createKey,
  revokeKey,
  touchKey,
  appendAudit,
  pruneAudit,
  tryWrite,
  expireSession,
  eraseGrave,
  recountOn,
  pruneReplies,
  dropPartsOn,
  takeLease,
  releaseLease,
  writeTransfer,
  moveSnapshot,
  moveAudit,
  beginWebhook,
  saveWebhook,
  reviveWebhooks,
  discardWebhooks,
  enableWebhook,
  forgetWebhook,
  startReply,
  appendParts,
  endReply,
  discardReply: endReply,
  abandonReplies,
};

/** After these the old content still lies in the write-ahead log, which a checkpoint empties. */
export const ERASING = new Set([
  'redactMessage',
  'deleteSession',
  'expireSession',
  'eraseGrave',
  'changeMetadata',
  'deleteSnapshot',
  'discardReply',
  'dropPartsOn',
]);

function secret(statements: Statements, { name }: { name: string }): Uint8Array {
  statements.run('INSERT OR IGNORE INTO secrets (name, value) VALUES (?, ?)', name, randomBytes(32));
  return statements.get('SELECT value FROM secrets WHERE name = ?', name)?.value;
}

/** A page of the file is written as it was. */
function tryWrite(statements: Statements): void {
  statements.run('UPDATE pruned SET through = through');
}
