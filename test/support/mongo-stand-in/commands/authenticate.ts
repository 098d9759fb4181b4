import { show } from '../bson/show.js';
import { Binary, type Doc, doc, isDoc } from '../bson/values.js';
import { ServerError } from '../errors.js';
import { beginProof, type Proof, type Role, type User } from '../state/users.js';
import type { CommandContext, Handler } from './context.js';

const MECHANISM = 'SCRAM-SHA-256';
/** Asked before a client says who it is. */
const OPEN = new Set([
  ...['isMaster', 'ismaster', 'hello', 'ping', 'buildInfo', 'buildinfo'],
  ...['saslStart', 'saslContinue', 'endSessions', 'connectionStatus'],
]);
/** Needs no right of its own. */
const FREE = new Set(['getMore', 'killCursors', 'killSessions', 'commitTransaction', 'abortTransaction']);
const READS: readonly string[] = [
  'find',
  'aggregate',
  'count',
  'distinct',
  'listIndexes',
  'listCollections',
  'changeStream',
  'dbStats',
  'collStats',
];
const RIGHTS: Readonly<Record<Role, readonly string[]>> = {
  read: READS,
  readWrite: [
    ...READS,
    'insert',
    'update',
    'delete',
    'findAndModify',
    'findandmodify',
    'createIndexes',
    'dropIndexes',
    'create',
    'drop',
    'renameCollection',
  ],
  clusterMonitor: ['serverStatus', 'replSetGetStatus', 'getParameter'],
};
/** Databases that the roles of applications do not reach. */
const OWN = new Set(['admin', 'local', 'config']);

const failed = () => new ServerError(18, 'Authentication failed.');

/** Of one connection: who it is, or what is under way to show that. */
interface Known {
  user: User | undefined;
  proof: Proof | undefined;
}
const connections = new WeakMap<AbortSignal, Known>();

export const saslStart: Handler = (command, { state, signal }) => {
  const payload = command.get('payload');
  if (command.get('mechanism') !== MECHANISM || !(payload instanceof Binary)) throw failed();
  const proof = beginProof(state.settings.users, payload.toString('utf8'));
  if (!proof) throw failed();
  connections.set(signal, { user: undefined, proof });
  return conversation(proof.challenge, false);
};

export const saslContinue: Handler = (command, { signal }) => {
  const payload = command.get('payload');
  const proof = connections.get(signal)?.proof;
  const answer = payload instanceof Binary ? proof?.check(payload.toString('utf8')) : undefined;
  if (!proof || answer === undefined) throw failed();
  connections.set(signal, { user: proof.user, proof: undefined });
  return conversation(answer, true);
};

const conversation = (payload: string, done: boolean): Doc =>
  doc({ conversationId: 1, done, payload: new Binary(Buffer.from(payload)) });

/** Of a greeting that asks by which mechanisms a user shows who it is. */
export const mechanismsOf = (command: Doc, { state }: CommandContext): string[] | undefined => {
  const asked = command.get('saslSupportedMechs');
  const name = typeof asked === 'string' ? asked.slice(asked.indexOf('.') + 1) : undefined;
  return state.settings.users.some((user) => user.name === name) ? [MECHANISM] : undefined;
};

/** Where there are users, everyone says who it is, and does what its roles let it do. */
export function checkRights(name: string, command: Doc, { state, database, signal }: CommandContext): void {
  if (state.settings.users.length === 0 || OPEN.has(name)) return;
  const user = connections.get(signal)?.user;
  if (!user) throw new ServerError(13, `command ${name} requires authentication`);
  if (FREE.has(name)) return;
  for (const action of actionsOf(name, command)) {
    if (mayDo(user, action, database)) continue;
    throw new ServerError(13, `not authorized on ${database} to execute command ${show(command)}`);
  }
}

function actionsOf(name: string, command: Doc): string[] {
  const stages = command.get('pipeline');
  const opensStream = Array.isArray(stages) && isDoc(stages[0]) && stages[0].has('$changeStream');
  return opensStream ? [name, 'changeStream'] : [name];
}

function mayDo({ roles, without = [] }: User, action: string, database: string): boolean {
  if (without.includes(action)) return false;
  const sees = roles.includes('clusterMonitor');
  if (sees && (RIGHTS.clusterMonitor.includes(action) || (database === 'local' && READS.includes(action))))
    return true;
  return (
    !OWN.has(database) && roles.some((role) => role !== 'clusterMonitor' && RIGHTS[role].includes(action))
  );
}
