import { type Doc, doc, isDoc, type Value } from '../bson/values.js';
import { ServerError } from '../errors.js';
import type { Dialect } from '../options.js';
import { toTimestamp } from '../state/cluster-time.js';
import type { Handler } from './context.js';

const VERSIONS: Record<Dialect, number[]> = { '4.4': [4, 4, 1, 0], '5.0': [5, 0, 0, 0], '8.0': [8, 0, 4, 0] };

export const nothing: Handler = () => new Map();

export const buildInfo: Handler = (_, { state }) => {
  const version = VERSIONS[state.settings.dialect];
  return doc({
    version: version.slice(0, 3).join('.'),
    modules: [],
    javascriptEngine: 'none',
    versionArray: version,
    bits: 64,
    maxBsonObjectSize: 16 * 1024 * 1024,
    storageEngines: [...(state.since('5.0') ? [] : ['biggie']), 'devnull', 'ephemeralForTest', 'wiredTiger'],
  });
};

export const connectionStatus: Handler = () =>
  doc({ authInfo: doc({ authenticatedUsers: [], authenticatedUserRoles: [] }) });

export const serverStatus: Handler = (_, { state, member }) =>
  doc({
    host: member.host,
    version: VERSIONS[state.settings.dialect].slice(0, 3).join('.'),
    process: 'mongod',
    localTime: new Date(state.now()),
    connections: doc({ current: member.connections }),
    storageEngine: doc({ name: 'wiredTiger' }),
  });

export const replSetGetStatus: Handler = (_, { state, topology }) => {
  if (state.settings.standalone) throw new ServerError(76, 'not running with --replSet');
  if (state.settings.neverInitiated) throw new ServerError(94, 'no replset config has been received');
  return doc({
    set: state.settings.replicaSet,
    date: new Date(state.now()),
    myState: 1,
    members: topology.members.map((member, index) =>
      doc({
        _id: index,
        name: member.host,
        health: member.alive ? 1 : 0,
        state: !member.alive ? 8 : member === topology.primary ? 1 : 2,
        stateStr: !member.alive
          ? '(not reachable/healthy)'
          : member === topology.primary
            ? 'PRIMARY'
            : 'SECONDARY',
        optimeDate: new Date(state.now()),
        optime: doc({ ts: toTimestamp(state.oplog.lastTime) }),
      }),
    ),
  });
};

export const getParameter: Handler = (command, { state }) => {
  const known = new Map<string, Value>([
    ['featureCompatibilityVersion', doc({ version: state.settings.dialect })],
    ['enableTestCommands', true],
  ]);
  const all = command.get('getParameter') === '*';
  const wanted = [...known].filter(([name]) => all || command.has(name));
  if (wanted.length === 0) throw new ServerError(72, 'no option found to get');
  return new Map(wanted);
};

export const replSetStepDown: Handler = (_, { member, topology }) => {
  if (topology.primary !== member) throw new ServerError(10107, "not primary so can't step down");
  topology.stepDown();
  return new Map();
};

export const endSessions: Handler = (command, { state }) => {
  const sessions = command.values().next().value;
  if (Array.isArray(sessions)) for (const lsid of sessions) if (isDoc(lsid)) state.sessions.end(lsid as Doc);
  return new Map();
};

export const configureFailPoint: Handler = (command, { faults }) => {
  if (command.get('configureFailPoint') !== 'failCommand')
    throw new ServerError(2, `no such fail point: ${command.get('configureFailPoint')}`);
  return doc({ count: faults.configure(command) });
};
