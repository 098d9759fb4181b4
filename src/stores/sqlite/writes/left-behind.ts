import type { Statements } from '../statements.js';
import type { ThreadCall } from '../threads/thread-protocol.js';
import { gravesIn } from './graves.js';
import { goingIn } from './reply-log.js';
import { restOf } from './unfinished.js';
import { anyRecounts } from './usage-totals.js';

/** The steps of what the file knows to be begun. */
const STEPS: ReadonlySet<string> = new Set(['eraseGrave', 'dropPartsOn', 'recountOn']);
export const isStep = ({ method }: Pick<ThreadCall, 'method'>): boolean => STEPS.has(method);

/** What was begun and not ended, by an earlier process or where a step has failed. */
export function leftBehind(statements: Statements): ThreadCall[] {
  const left = gravesIn(statements).map((session) => restOf({ method: 'eraseGrave', input: { session } }));
  const replies = goingIn(statements);
  if (replies.length > 0) left.push(restOf({ method: 'dropPartsOn', input: { replies, result: null } }));
  if (anyRecounts(statements)) left.push(restOf({ method: 'recountOn', input: {} }));
  return left;
}
