import { type Doc, doc, Long, type Value } from '../bson/values.js';
import { ServerError } from '../errors.js';
import { toTimestamp } from '../state/cluster-time.js';
import { mechanismsOf } from './authenticate.js';
import type { CommandContext, Handler } from './context.js';

const WIRE_VERSIONS = { '4.4': 9, '5.0': 13, '8.0': 25 };

/** What a member says of itself and its set, as `isMaster` and, on newer servers, `hello`. */
const greeting =
  (primaryField: string): Handler =>
  (command, context) => {
    const { state } = context;
    if (primaryField !== 'ismaster' && !state.since('5.0'))
      throw new ServerError(59, "no such command: 'hello'");
    const { standalone, sharded, neverInitiated } = state.settings;
    const fields =
      standalone || sharded
        ? alone(primaryField, context)
        : neverInitiated
          ? waiting(primaryField, context)
          : inSet(primaryField, context);
    const offers = state.since('5.0') && command.get('helloOk') === true;
    return new Map<string, Value>([
      ...(offers ? [['helloOk', true] as const] : []),
      ...fields,
      ...limits(context),
      ...doc({ saslSupportedMechs: mechanismsOf(command, context) }),
    ]);
  };

export const isMaster = greeting('ismaster');
export const hello = greeting('isWritablePrimary');

export const topologyVersion = ({ member }: CommandContext): Doc =>
  doc({ processId: member.processId, counter: Long.fromNumber(member.topologyVersion) });

function inSet(primaryField: string, context: CommandContext): Doc {
  const { state, member, topology } = context;
  const { primary } = topology;
  const lastTime = toTimestamp(state.oplog.lastTime);
  const opTime = doc({ ts: lastTime, t: Long.fromNumber(1) });
  const lastWriteDate = new Date(Math.floor(state.now() / 1000) * 1000);
  return doc({
    topologyVersion: topologyVersion(context),
    hosts: topology.members.map(({ host }) => host),
    setName: state.settings.replicaSet,
    setVersion: 1,
    [primaryField]: primary === member,
    secondary: primary !== member,
    primary: primary?.host,
    me: member.host,
    electionId: primary === member ? topology.electionId : undefined,
    lastWrite: doc({ opTime, lastWriteDate, majorityOpTime: opTime, majorityWriteDate: lastWriteDate }),
  });
}

const alone = (primaryField: string, context: CommandContext): Doc =>
  new Map<string, Value>([
    [primaryField, true],
    ...(context.state.settings.sharded ? [['msg', 'isdbgrid'] as const] : []),
    ['topologyVersion', topologyVersion(context)],
  ]);

const waiting = (primaryField: string, context: CommandContext): Doc =>
  doc({
    topologyVersion: topologyVersion(context),
    [primaryField]: false,
    secondary: false,
    info: 'Does not have a valid replica set config',
    isreplicaset: true,
  });

const limits = ({ state, connectionId }: CommandContext): Doc =>
  doc({
    maxBsonObjectSize: 16 * 1024 * 1024,
    maxMessageSizeBytes: 48_000_000,
    maxWriteBatchSize: 100_000,
    localTime: new Date(state.now()),
    logicalSessionTimeoutMinutes: 30,
    connectionId,
    minWireVersion: 0,
    maxWireVersion: WIRE_VERSIONS[state.settings.dialect],
    readOnly: false,
  });
