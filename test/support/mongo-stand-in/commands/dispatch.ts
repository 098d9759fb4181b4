import { type Doc, Double, doc, isDoc, Long, type Value } from '../bson/values.js';
import { codeName, ServerError } from '../errors.js';
import { toTimestamp } from '../state/cluster-time.js';
import { checkRights } from './authenticate.js';
import type { CommandContext } from './context.js';
import { topologyVersion } from './handshake.js';
import { clusterTime, tellsTime, times } from './reply-times.js';
import { COMMANDS, type Command } from './table.js';
import { withinTransaction } from './transaction.js';
import { checkWriteConcern, waitForWriteConcern } from './write-concern.js';

/** Errors that mean: this member is not what you take it for. */
const STATE_CHANGES = new Set([189, 10107, 11602, 13435, 13436]);
const RETRYABLE_WRITE = new Set([6, 7, 89, 91, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436]);
const RETRYABLE = 'RetryableWriteError';

/** Carries out one command and gives the whole reply; what went wrong is a reply too. */
export async function dispatch(command: Doc, context: CommandContext): Promise<Doc> {
  const name = command.keys().next().value as string;
  const known = COMMANDS.get(name);
  try {
    if (!known) throw new ServerError(59, `no such command: '${name}'`);
    checkRights(name, command, context);
    checkRole(command, known, context);
    if (known.writes) checkWriteConcern(command, context);
    const inside = known.writes === 'catalog' ? { command, context } : withinTransaction(command, context);
    const fields = await known.handler(inside.command, inside.context);
    const concern = known.writes ? await waitForWriteConcern(command, context) : undefined;
    return success(name, fields, known, concern, context);
  } catch (error) {
    if (!(error instanceof ServerError)) throw error;
    return failure(error, command, context);
  }
}

function checkRole(command: Doc, known: Command, { state, member, topology }: CommandContext): void {
  if (!state.replicated) {
    if (!command.has('txnNumber')) return;
    throw new ServerError(20, 'Transaction numbers are only allowed on a replica set member or mongos');
  }
  if (topology.primary === member || state.settings.sharded) return;
  if (known.writes) throw new ServerError(10107, state.since('5.0') ? 'not primary' : 'not master');
  const preference = command.get('$readPreference');
  const mode = isDoc(preference) ? preference.get('mode') : 'primary';
  if (!known.reads || mode !== 'primary') return;
  const message = state.since('5.0') ? 'not primary and secondaryOk=false' : 'not master and slaveOk=false';
  throw new ServerError(13435, message, opensStream(command) ? ['ResumableChangeStreamError'] : []);
}

function opensStream(command: Doc): boolean {
  const stages = command.get('pipeline');
  return Array.isArray(stages) && isDoc(stages[0]) && stages[0].has('$changeStream');
}

function success(
  name: string,
  fields: Doc,
  known: Command,
  concern: Doc | undefined,
  context: CommandContext,
): Doc {
  const { state, topology } = context;
  const written: [string, Value][] =
    known.writes === 'documents' && state.replicated && !name.toLowerCase().startsWith('findandmodify')
      ? [
          ['opTime', doc({ ts: toTimestamp(state.oplog.lastTime), t: Long.fromNumber(1) })],
          ['electionId', topology.electionId],
        ]
      : [];
  const all = new Map([
    ...fields,
    ...written,
    ['ok', new Double(1)],
    ...(concern ? [['writeConcernError', concern] as [string, Value]] : []),
    ...(known.plain ? [] : times(fields, context)),
  ]);
  return known.writes && state.since('5.0') ? inNewerOrder(all) : all;
}

/** From 5.0 on the replies of writes and of index builds have another order. */
const NEWER_ORDER = [
  'n',
  'electionId',
  'opTime',
  'writeErrors',
  'upserted',
  'nModified',
  'numIndexesBefore',
  'numIndexesAfter',
  'createdCollectionAutomatically',
  'commitQuorum',
  'note',
  'writeConcernError',
];

const inNewerOrder = (reply: Doc): Doc =>
  new Map([
    ...NEWER_ORDER.flatMap((name) => (reply.has(name) ? [[name, reply.get(name)] as [string, Value]] : [])),
    ...[...reply].filter(([name]) => !NEWER_ORDER.includes(name)),
  ]);

/** An error as the server words it. Labels follow from the code unless the error brings its own. */
export function failure(error: ServerError, command: Doc, context: CommandContext): Doc {
  const { state } = context;
  const labels = error.labels.length ? error.labels : labelsOf(error.code, command);
  const time: [string, Value][] = tellsTime(state)
    ? [['operationTime', toTimestamp(state.oplog.lastTime)]]
    : [];
  return new Map<string, Value>([
    ...(labels.length ? [['errorLabels', [...labels]] as [string, Value]] : []),
    ...(state.replicated && STATE_CHANGES.has(error.code)
      ? [['topologyVersion', topologyVersion(context)] as [string, Value]]
      : []),
    ...(state.since('5.0') ? [] : time),
    ['ok', new Double(0)],
    ['errmsg', error.message],
    ...doc({
      code: error.code,
      codeName: error.codeName ?? codeName(error.code, state.since('5.0')),
      ...error.more,
    }),
    ...(tellsTime(state) ? [['$clusterTime', clusterTime(state)] as [string, Value]] : []),
    ...(state.since('5.0') ? time : []),
  ]);
}

export function labelsOf(code: number, command: Doc): string[] {
  if (code === 280 || code === 286) return ['NonResumableChangeStreamError'];
  return RETRYABLE_WRITE.has(code) && command.has('txnNumber') ? [RETRYABLE] : [];
}
