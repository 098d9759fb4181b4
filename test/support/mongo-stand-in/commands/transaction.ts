import { type Doc, isDoc, Long } from '../bson/values.js';
import { ServerError } from '../errors.js';
import type { CommandContext, Handler } from './context.js';

/** The session and number of a command within a transaction. */
function transactionOf(command: Doc): { lsid: Doc; number: bigint } | undefined {
  const lsid = command.get('lsid');
  const number = command.get('txnNumber');
  if (command.get('autocommit') !== false || !isDoc(lsid) || !(number instanceof Long)) return undefined;
  return { lsid, number: number.toBigInt() };
}

/** The command and context with which a statement runs: inside its transaction if it has one. */
export function withinTransaction(
  command: Doc,
  context: CommandContext,
): { command: Doc; context: CommandContext } {
  const transaction = transactionOf(command);
  if (!transaction) return { command, context };
  const { state } = context;
  const { catalog, oplog } = state.transactions.enter(
    transaction.lsid,
    transaction.number,
    command.get('startTransaction') === true,
  );
  // Within a transaction the number does not make a statement retryable.
  const statement = new Map([...command].filter(([key]) => key !== 'txnNumber'));
  return { command: statement, context: { ...context, state: { ...state, catalog, oplog } } };
}

const ending =
  (end: 'commit' | 'abort'): Handler =>
  (command, { state }) => {
    const transaction = transactionOf(command);
    if (!transaction) throw new ServerError(125, `${end}Transaction must be run within a transaction`);
    state.transactions[end](transaction.lsid, transaction.number);
    return new Map();
  };

export const commitTransaction = ending('commit');
export const abortTransaction = ending('abort');
