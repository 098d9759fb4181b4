import { at, type Doc, isNumber, type Long, toNumber } from '../bson/values.js';
import type { CommandContext } from './context.js';
import { dispatch } from './dispatch.js';

/** Whether a greeting asks to be told when something changes. */
export const awaitsChange = (command: Doc): boolean =>
  command.has('topologyVersion') && isNumber(command.get('maxAwaitTimeMS'));

/** The greeting as soon as the set has changed since the client last heard of it, or else when its patience is over. */
export async function nextGreeting(
  command: Doc,
  context: CommandContext,
  held?: () => Promise<void> | undefined,
): Promise<Doc> {
  const { member, topology, signal } = context;
  const known = held
    ? member.topologyVersion
    : Number(at(command, 'topologyVersion.counter') as Long | undefined);
  if (known === member.topologyVersion && !signal.aborted)
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        stop();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, toNumber(command.get('maxAwaitTimeMS')));
      const stop = topology.onChange(done);
      signal.addEventListener('abort', done);
    });
  await held?.();
  return dispatch(command, context);
}
