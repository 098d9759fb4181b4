import { type Doc, doc, type Value } from './bson/values.js';
import type { CommandContext } from './commands/context.js';
import { dispatch, failure, labelsOf } from './commands/dispatch.js';
import { ServerError } from './errors.js';
import type { Failure } from './faults.js';
import { pause } from './pause.js';
import type { Outcome } from './wire/connection.js';

/** What becomes of a command that meets a fault: carried out or not, answered, answered otherwise, or hung up on. */
export async function applyFault(fault: Failure, command: Doc, context: CommandContext): Promise<Outcome> {
  if (fault.delayMs) await pause(fault.delayMs);
  const applied =
    fault.afterApply || (fault.code === undefined && !fault.closeConnection)
      ? await dispatch(command, context)
      : undefined;
  if (applied && fault.writeConcernError) {
    // The driver asks again where it is told that it may.
    const labels = fault.errorLabels ?? labelsOf(fault.writeConcernError.code, command);
    return {
      reply: new Map([
        ...(labels.length ? [['errorLabels', [...labels]] as [string, Value]] : []),
        ...applied,
        ['writeConcernError', doc(fault.writeConcernError)],
      ]),
    };
  }
  if (fault.closeConnection || (fault.afterApply && fault.code === undefined)) return { close: true };
  if (fault.code === undefined && applied) return { reply: applied };
  const error = failPointError(fault);
  return { reply: failure(error, command, context) };
}

function failPointError({ code = 1, codeName, errmsg, errorLabels = [] }: Failure): ServerError {
  // A stale shard version needs more than a fail point can say, and the server answers that instead.
  if (code === 13388) return new ServerError(40671, 'Missing required extra info for error code StaleConfig');
  return new ServerError(
    code,
    errmsg ?? "Failing command due to 'failCommand' failpoint",
    errorLabels,
    {},
    codeName,
  );
}
