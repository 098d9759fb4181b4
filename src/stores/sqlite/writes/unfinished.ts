import { processClock } from '../threads/process-clock.js';
import type { ThreadAnswer, ThreadCall } from '../threads/thread-protocol.js';

/**
 * What a write gives that needs further transactions: the `rest` is the next write of its caller. It is answered at once, or when all is
 * done. What the file itself knows to be left is answered as the store closes, for whoever opens it next goes on; other rests are done then.
 */
export class Unfinished {
  constructor(
    readonly rest: Pick<ThreadCall, 'method' | 'input'>,
    readonly result: unknown,
    readonly answered: 'at once' | 'when done or closing' | 'when done' = 'at once',
  ) {}
}

/** The call of nobody who waits for an answer. */
const UNASKED = -1;

/** A rest that an earlier process has left. */
export const restOf = (rest: Unfinished['rest']): ThreadCall => ({
  ...rest,
  id: UNASKED,
  at: processClock(),
});

/** What can be answered of a commit, and what the writes have left. `ends`: the store closes. */
export function settled(
  calls: readonly ThreadCall[],
  answers: readonly ThreadAnswer[],
  ends: boolean,
): { answers: { call: ThreadCall; answer: ThreadAnswer }[]; rests: ThreadCall[] } {
  const found: ReturnType<typeof settled> = { answers: [], rests: [] };
  for (const [index, answer] of answers.entries()) {
    const call = calls[index] as ThreadCall;
    if (answer.type !== 'answer' || !(answer.result instanceof Unfinished)) {
      found.answers.push({ call, answer });
      continue;
    }
    const { rest, result, answered } = answer.result;
    const goesOn = !ends || answered === 'when done';
    const waits = goesOn && answered !== 'at once';
    if (!waits) found.answers.push({ call, answer: { ...answer, result } });
    if (goesOn) found.rests.push({ ...call, ...rest, id: waits ? call.id : UNASKED });
  }
  return found;
}
