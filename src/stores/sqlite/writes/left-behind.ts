import type { Statements } from '../statements.js';
import type { ThreadCall } from '../threads/thread-protocol.js';
import { gravesIn } from './graves.js';
import { goingIn } from './reply-log.js';
import { restOf } from './unfinished.js';
import { anyRecounts } from './usage-totals.js';

/** What an earlier process has begun and not ended. */
export function leftBehind(statements: Statements): ThreadCall[] {
  const left = gravesIn(statements).map((session) => restOf({ method: 'eraseGrave', input: { session } }));
  const replies = goingIn(statements);
  if (replies.length > 0) left.push(restOf({ method: 'dropPartsOn', input: { replies, result: null } }));
  if (anyRecounts(statements)) left.push(restOf({ method: 'recountOn', input: {} }));
  return left;
}
