import { applyFault } from './apply-fault.js';
import { at, type Doc } from './bson/values.js';
import { type CommandContext, optionalNumber } from './commands/context.js';
import { dispatch, failure } from './commands/dispatch.js';
import { awaitsChange, nextGreeting } from './commands/exhaust.js';
import { ServerError } from './errors.js';
import { pause } from './pause.js';
import type { LoggedCommand } from './stand-in.js';
import type { Member } from './topology/member.js';
import type { ConnectionHandlers, Outcome } from './wire/connection.js';
import type { Request } from './wire/messages.js';

/** What stands before the commands: the log, and whatever keeps a request from being carried out at once. */
export interface Intake {
  readonly commands: LoggedCommand[];
  handlersFor(member: Member): ConnectionHandlers;
  hang(): void;
  resume(): void;
  delayReplies(ms: number): void;
}

/** What a command needs to know of the server beside its own connection. */
export type Surroundings = Pick<CommandContext, 'state' | 'topology' | 'faults'>;

/** How deep a command's documents and lists may lie in each other. */
const MOST_DEPTH = 200;
const tooDeep = () => new ServerError(15, `BSONObj exceeds maximum nested object depth: ${MOST_DEPTH}`);

const HANDSHAKES = new Set(['isMaster', 'ismaster', 'hello']);

export function createIntake(surroundings: () => Surroundings): Intake {
  const commands: LoggedCommand[] = [];
  const logged = new WeakMap<Request, LoggedCommand>();
  /** What the clients call themselves, by connection. */
  const appNames = new Map<number, string>();
  let delayMs = 0;
  let hanging: { promise: Promise<void>; release: () => void } | undefined;

  function log(
    name: string,
    request: Request,
    { topology, member, database, connectionId }: CommandContext,
  ): void {
    const place = topology.members.indexOf(member);
    const entry = { name, database, member: place, connectionId, bytesIn: request.bytes, bytesOut: 0 };
    commands.push(entry);
    logged.set(request, entry);
    const appName = at(request.command, 'client.application.name');
    if (typeof appName === 'string') appNames.set(connectionId, appName);
  }

  /** Gives the error of a command that may not wait as long as every reply has to. */
  async function delay(name: string, command: Doc, context: CommandContext): Promise<Doc | undefined> {
    const patience = name === 'getMore' ? undefined : optionalNumber(command, 'maxTimeMS');
    await pause(Math.min(delayMs, patience ?? delayMs));
    if (patience === undefined || patience >= delayMs) return undefined;
    return failure(new ServerError(50, 'operation exceeded time limit'), command, context);
  }

  async function answer(request: Request, context: CommandContext): Promise<Outcome> {
    const { command } = request;
    const name = command.keys().next().value as string;
    log(name, request, context);
    if (hanging) await hanging.promise;
    const isHandshake = HANDSHAKES.has(name);
    const late = delayMs > 0 && !isHandshake ? await delay(name, command, context) : undefined;
    if (late) return { reply: late };
    const fault = context.faults.next(name, appNames.get(context.connectionId));
    if (fault) return applyFault(fault, command, context);
    if (request.depth > MOST_DEPTH) return { reply: failure(tooDeep(), command, context) };
    if (isHandshake && !request.exhaustAllowed && awaitsChange(command))
      return { reply: await nextGreeting(command, context) };
    return { reply: await dispatch(command, context) };
  }

  return {
    commands,
    handlersFor(member) {
      const contextOf = (
        { command }: Request,
        connectionId: number,
        signal: AbortSignal,
      ): CommandContext => ({
        ...surroundings(),
        member,
        cursors: member.cursors,
        database: String(command.get('$db')),
        connectionId,
        signal,
      });
      return {
        handle: (request, connectionId, signal) => answer(request, contextOf(request, connectionId, signal)),
        next(request, connectionId, signal) {
          if (!request.exhaustAllowed || !awaitsChange(request.command)) return undefined;
          return nextGreeting(
            request.command,
            contextOf(request, connectionId, signal),
            () => hanging?.promise,
          );
        },
        sent(request, _, bytes) {
          const entry = logged.get(request);
          if (entry) entry.bytesOut += bytes;
        },
      };
    },
    hang() {
      if (hanging) return;
      let release = () => {};
      const promise = new Promise<void>((resolve) => {
        release = resolve;
      });
      hanging = { promise, release };
    },
    resume() {
      hanging?.release();
      hanging = undefined;
    },
    delayReplies(ms) {
      delayMs = ms;
    },
  };
}
