import { type Doc, doc, isDoc, Long, toNumber, type Value } from '../bson/values.js';
import { ServerError } from '../errors.js';
import type { StatementResult } from '../state/sessions.js';
import type { CommandContext } from './context.js';

/** Runs the statements of a write command, each once however often it is sent; an error ends an ordered one. */
export function runStatements(
  command: Doc,
  statements: Value[],
  execute: (statement: Doc) => StatementResult,
  context: CommandContext,
) {
  const name = command.keys().next().value as string;
  if (statements.length === 0)
    throw new ServerError(16, `Write batch sizes must be between 1 and 100000. Got 0 operations.`);
  const done = numbered(command, context);
  const ordered = command.get('ordered') !== false;
  const errors: Doc[] = [];
  const upserted: Doc[] = [];
  let n = 0;
  let modified = 0;
  for (const [index, statement] of statements.entries()) {
    try {
      if (
        done &&
        isDoc(statement) &&
        (statement.get('multi') === true || (name === 'delete' && toNumber(statement.get('limit')) === 0))
      )
        throw new ServerError(
          72,
          `Cannot use (or request) retryable writes with ${name === 'delete' ? 'limit=0' : 'multi=true'}`,
        );
      const result = done?.get(index) ?? execute(statement as Doc);
      done?.set(index, result);
      n += result.n;
      modified += result.modified;
      if (result.upserted !== undefined) upserted.push(doc({ index, _id: result.upserted }));
    } catch (error) {
      // A conflict between transactions ends the command, not only the statement.
      if (!(error instanceof ServerError) || error.code === 112) throw error;
      errors.push(doc({ index, code: error.code, ...error.more, errmsg: error.message }));
      if (ordered) break;
    }
  }
  return { n, modified, upserted, errors };
}

/** The statements of the numbered write so far; undefined where the write has no number. */
export function numbered(command: Doc, { state }: CommandContext): Map<number, StatementResult> | undefined {
  const txnNumber = command.get('txnNumber');
  const lsid = command.get('lsid');
  if (!(txnNumber instanceof Long) || !isDoc(lsid)) return undefined;
  return state.sessions.begin(lsid, txnNumber.toBigInt());
}

export const listOf = (command: Doc, field: string): Value[] => {
  const list = command.get(field);
  if (!Array.isArray(list))
    throw new ServerError(
      40414,
      `BSON field '${command.keys().next().value}.${field}' is missing but a required field`,
    );
  return list;
};
