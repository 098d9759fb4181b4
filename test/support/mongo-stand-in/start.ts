import { createFaults, type Failure } from './faults.js';
import { createIntake } from './intake.js';
import { type MongoStandInOptions, type Settings, withDefaults } from './options.js';
import type { LoggedCommand, MongoStandIn } from './stand-in.js';
import { createState } from './state/state.js';
import { type Member, startMember } from './topology/member.js';
import { createTopology, type Topology } from './topology/topology.js';

export type { Failure, LoggedCommand, MongoStandIn, MongoStandInOptions };

/** Starts a server that answers the driver as a MongoDB would. Everything it stores is in memory and gone with it. */
export async function startMongoStandIn(options: MongoStandInOptions = {}): Promise<MongoStandIn> {
  const settings = withDefaults(options);
  let now = settings.now;
  const state = createState(settings, () => now());
  const faults = createFaults();
  const members: Member[] = [];
  const intake = createIntake(() => {
    if (!topology) throw new Error('the set is not there yet');
    return { state, topology, faults };
  });
  let topology: Topology | undefined;

  for (let n = 0; n < settings.members; n += 1)
    members.push(await startMember(settings.port === 0 ? 0 : settings.port + n, intake.handlersFor));
  topology = createTopology(members, state);
  const running = topology;
  const memberAt = (index: number): Member => {
    const member = members[index];
    if (!member) throw new RangeError(`there is no member ${index}`);
    return member;
  };

  const server: MongoStandIn = {
    uri: uriOf(settings, members),
    hosts: members.map(({ host }) => host),
    commands: intake.commands,
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
    clearFaults: () => faults.clear(),
    loseOplog: () => state.oplog.truncate(),
    hang: intake.hang,
    resume: intake.resume,
    delayReplies: intake.delayReplies,
    stepDown: () => running.stepDown(),
    isolatePrimary: () => running.isolatePrimary(),
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

function uriOf(
  { standalone, sharded, neverInitiated, replicaSet }: Settings,
  members: readonly Member[],
): string {
  const options = standalone || neverInitiated ? '?directConnection=true' : `?replicaSet=${replicaSet}`;
  return `mongodb://${members.map(({ host }) => host).join(',')}/${sharded ? '' : options}`;
}
