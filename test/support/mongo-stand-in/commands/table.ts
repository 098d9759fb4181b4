import {
  buildInfo,
  configureFailPoint,
  connectionStatus,
  endSessions,
  getParameter,
  nothing,
  replSetGetStatus,
  replSetStepDown,
  serverStatus,
} from './admin.js';
import { aggregate } from './aggregate.js';
import { saslContinue, saslStart } from './authenticate.js';
import { create, drop, dropDatabase, listCollections, renameCollection } from './collections.js';
import type { Handler } from './context.js';
import { getMore, killCursors } from './cursor.js';
import { findAndModify } from './find-and-modify.js';
import { hello, isMaster } from './handshake.js';
import { createIndexes, dropIndexes, listIndexes } from './indexes.js';
import { count, distinct, find } from './read.js';
import { abortTransaction, commitTransaction } from './transaction.js';
import { insert, remove, update } from './write.js';

export interface Command {
  handler: Handler;
  /** Only the primary does it, and its reply says when it was done. */
  writes?: 'documents' | 'catalog';
  /** A secondary does it only for a client that asked for one. */
  reads?: true;
  /** Replies carry neither cluster time nor operation time. */
  plain?: true;
}

const writing = (handler: Handler): Command => ({ handler, writes: 'documents' });
const defining = (handler: Handler): Command => ({ handler, writes: 'catalog' });
const reading = (handler: Handler): Command => ({ handler, reads: true });

export const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['insert', writing(insert)],
  ['update', writing(update)],
  ['delete', writing(remove)],
  ['findAndModify', writing(findAndModify)],
  ['findandmodify', writing(findAndModify)],
  ['find', reading(find)],
  ['aggregate', reading(aggregate)],
  ['count', reading(count)],
  ['distinct', reading(distinct)],
  ['listIndexes', reading(listIndexes)],
  ['listCollections', reading(listCollections)],
  ['getMore', { handler: getMore }],
  ['killCursors', { handler: killCursors }],
  ['createIndexes', defining(createIndexes)],
  ['dropIndexes', defining(dropIndexes)],
  ['create', defining(create)],
  ['drop', defining(drop)],
  ['dropDatabase', defining(dropDatabase)],
  ['renameCollection', defining(renameCollection)],
  ['commitTransaction', defining(commitTransaction)],
  ['abortTransaction', defining(abortTransaction)],
  ['isMaster', { handler: isMaster }],
  ['ismaster', { handler: isMaster }],
  ['hello', { handler: hello }],
  ['ping', { handler: nothing }],
  ['buildInfo', { handler: buildInfo, plain: true }],
  ['buildinfo', { handler: buildInfo, plain: true }],
  ['connectionStatus', { handler: connectionStatus }],
  ['serverStatus', { handler: serverStatus }],
  ['replSetGetStatus', { handler: replSetGetStatus }],
  ['replSetStepDown', { handler: replSetStepDown }],
  ['getParameter', { handler: getParameter }],
  ['configureFailPoint', { handler: configureFailPoint }],
  ['saslStart', { handler: saslStart }],
  ['saslContinue', { handler: saslContinue }],
  ['endSessions', { handler: endSessions }],
  ['killSessions', { handler: endSessions }],
]);
