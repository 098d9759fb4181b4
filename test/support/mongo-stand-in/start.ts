import { at, type Doc } from './bson/values.js';
import { type CommandContext, optionalNumber } from './commands/context.js';
import { dispatch, failure } from './commands/dispatch.js';
import { awaitsChange, nextGreeting } from './commands/exhaust.js';
import { ServerError } from './errors.js';
import { createFaults, type Failure } from './faults.js';
import { type MongoStandInOptions, withDefaults } from './options.js';
import { createState } from './state/state.js';
import { type Member, startMember } from './topology/member.js';
import { createTopology, type Topology } from './topology/topology.js';
import type { ConnectionHandlers, Outcome } from './wire/connection.js';
import type { Request } from './wire/messages.js';

/** One command as it came, and what it cost. */
export interface LoggedCommand {
  name: string;
  database: string;
  member: number;
  connectionId: number;
  bytesIn: number;
  /** 0 until the reply has been sent. */
  bytesOut: number;
}

export type { Failure, MongoStandInOptions };

export interface MongoStandIn extends AsyncDisposable {
  readonly uri: string;
  readonly hosts: readonly string[];
  /** Every command since the start, or since the list was emptied; handshakes and monitoring included. */
  readonly commands: LoggedCommand[];
  /** Cursors that are open on all members. */
  readonly openCursors: number;
  readonly connections: number;
  /** The number of the primary; undefined while there is none. */
  readonly primary: number | undefined;
  dropConnections(): void;
  failOnce(failure: Failure): void;
  fail(failure: Failure, times: number): void;
  /** Forgets the history: only what is written from now on can be resumed from. */
  loseOplog(): void;
  /** Accepts and reads, but answers nothing until `resume`; what came meanwhile is then answered. */
  hang(): void;
  resume(): void;
  /** Every reply but those of the handshake waits so long; what may not take that long is given up (50). */
  delayReplies(ms: number): void;
  /** Another member becomes primary; the old one refuses writes. With one member nothing changes. */
  stepDown(): void;
  /** Ends the primary; gives its number, for `startMember`. */
  killPrimary(): Promise<number>;
  killMember(member: number): Promise<void>;
  startMember(member: number): Promise<void>;
  setClock(now: () => number): void;
  close(): Promise<void>;
}

const HANDSHAKES = new Set(['isMaster', 'ismaster', 'hello']);

/** Starts a server that answers the driver as a MongoDB would. Everything it stores is in memory and gone with it. */
export async function startMongoStandIn(options: MongoStandInOptions = {}): Promise<MongoStandIn> {
  const settings = withDefaults(options);
  let now = settings.now;
  const state = createState(settings, () => now());
  const faults = createFaults();
  const commands: LoggedCommand[] = [];
  /** What the clients call themselves, by connection. */
  const appNames = new Map<number, string>();
  const logged = new WeakMap<Request, LoggedCommand>();
  const members: Member[] = [];
  let topology: Topology | undefined;
  let delayMs = 0;
  let hanging: { promise: Promise<void>; release: () => void } | undefined;

  const handlersFor = (member: Member): ConnectionHandlers => {
    const contextOf = (request: Request, connectionId: number, signal: AbortSignal): CommandContext => ({
      state,
      topology: topology as Topology,
      faults,
      member,
      cursors: member.cursors,
      database: String(request.command.get('$db')),
      connectionId,
      signal,
    });
    return {
      async handle(request, connectionId, signal) {
        const context = contextOf(request, connectionId, signal);
        const name = request.command.keys().next().value as string;
        const entry = {
          name,
          database: context.database,
          member: members.indexOf(member),
          connectionId,
          bytesIn: request.bytes,
          bytesOut: 0,
        };
        commands.push(entry);
        logged.set(request, entry);
        if (hanging) await hanging.promise;
        const isHandshake = HANDSHAKES.has(name);
        if (delayMs > 0 && !isHandshake) {
          const patience = name === 'getMore' ? undefined : optionalNumber(request.command, 'maxTimeMS');
          await pause(Math.min(delayMs, patience ?? delayMs));
          if (patience !== undefined && patience < delayMs)
            return {
              reply: failure(new ServerError(50, 'operation exceeded time limit'), request.command, context),
            };
        }
        const appName = at(request.command, 'client.application.name');
        if (typeof appName === 'string') appNames.set(connectionId, appName);
        const fault = faults.next(name, appNames.get(connectionId));
        if (fault) return fail(fault, request.command, context);
        if (isHandshake && !request.exhaustAllowed && awaitsChange(request.command))
          return { reply: await nextGreeting(request.command, context) };
        return { reply: await dispatch(request.command, context) };
      },
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
  };

  for (let n = 0; n < settings.members; n += 1)
    members.push(await startMember(settings.port === 0 ? 0 : settings.port + n, handlersFor));
  topology = createTopology(members, state);
  const running = topology;
  const memberAt = (index: number): Member => {
    const member = members[index];
    if (!member) throw new RangeError(`there is no member ${index}`);
    return member;
  };

  const server: MongoStandIn = {
    uri: `mongodb://${members.map(({ host }) => host).join(',')}/${settings.standalone || settings.neverInitiated ? '?directConnection=true' : `?replicaSet=${settings.replicaSet}`}`,
    hosts: members.map(({ host }) => host),
    commands,
    get openCursors() {
      return members.reduce((sum, member) => sum + member.cursors.size, 0);
    },
    get connections() {
      return members.reduce((sum, member) => sum + member.connections, 0);
    },
    get primary() {
      return running.primary && members.indexOf(running.primary);
    },
    dropConnections: () => members.forEach((member) => void member.dropConnections()),
    failOnce: (failure) => faults.add(failure, 1),
    fail: (failure, times) => faults.add(failure, times),
    loseOplog: () => state.oplog.truncate(),
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
    stepDown: () => running.stepDown(),
    async killPrimary() {
      const { primary } = running;
      if (!primary) throw new Error('the set has no primary');
      await primary.kill();
      running.changed();
      return members.indexOf(primary);
    },
    async killMember(index) {
      await memberAt(index).kill();
      running.changed();
    },
    async startMember(index) {
      await memberAt(index).start();
      running.changed();
    },
    setClock(clock) {
      now = clock;
    },
    async close() {
      server.resume();
      running.close();
      await Promise.all(members.map((member) => member.kill()));
    },
    [Symbol.asyncDispose]: () => server.close(),
  };
  return server;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function fail(fault: Failure, command: Doc, context: CommandContext): Promise<Outcome> {
  if (fault.delayMs) await pause(fault.delayMs);
  const applied =
    fault.afterApply || (fault.code === undefined && !fault.closeConnection)
      ? await dispatch(command, context)
      : undefined;
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
