import { type Doc, doc, isDoc, isNumber, toNumber } from '../bson/values.js';
import { ServerError } from '../errors.js';
import type { CommandContext } from './context.js';

/** Refuses what could never be met on a server that is alone. */
export function checkWriteConcern(command: Doc, { state }: CommandContext): void {
  const concern = command.get('writeConcern');
  const w = isDoc(concern) ? concern.get('w') : undefined;
  if (!state.replicated && isNumber(w) && toNumber(w) > 1)
    throw new ServerError(2, "cannot use 'w' > 1 when a host is not replicated");
}

/** Waits until enough members have the write: undefined, or the error of a concern that was not met. */
export async function waitForWriteConcern(command: Doc, context: CommandContext): Promise<Doc | undefined> {
  const given = command.get('writeConcern');
  const { topology, state, signal } = context;
  if (!state.replicated) return undefined;
  const concern: Doc = isDoc(given) ? given : new Map();
  const w = concern.get('w') ?? (state.since('8.0') ? 'majority' : 1);
  const wanted = isNumber(w)
    ? toNumber(w)
    : w === 'majority'
      ? Math.floor(topology.members.length / 2) + 1
      : 1;
  const about = new Map([...concern, ['provenance', 'clientSupplied']]);
  if (wanted > topology.members.length)
    return doc({
      code: 100,
      codeName: 'UnsatisfiableWriteConcern',
      errmsg: 'Not enough data-bearing nodes',
      errInfo: doc({ writeConcern: about }),
    });
  const deadline = toNumber(concern.get('wtimeout'))
    ? Date.now() + toNumber(concern.get('wtimeout'))
    : Number.POSITIVE_INFINITY;
  while (topology.reached < wanted && !signal.aborted) {
    if (Date.now() >= deadline)
      return doc({
        code: 64,
        codeName: 'WriteConcernFailed',
        errmsg: 'waiting for replication timed out',
        errInfo: doc({ wtimeout: true, writeConcern: about }),
      });
    await membersChange(context, Math.min(deadline - Date.now(), 1000));
  }
  return undefined;
}

const membersChange = ({ topology, signal }: CommandContext, atMostMs: number): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      stop();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, atMostMs);
    const stop = topology.onChange(done);
    signal.addEventListener('abort', done);
  });
