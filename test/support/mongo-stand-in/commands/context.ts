import type { Doc } from '../bson/values.js';
import { isNumber, type Maybe } from '../bson/values.js';
import { ServerError } from '../errors.js';
import type { Faults } from '../faults.js';
import type { Cursors } from '../state/cursors.js';
import type { State } from '../state/state.js';
import type { Member } from '../topology/member.js';
import type { Topology } from '../topology/topology.js';
import type { Cursor } from './cursor.js';

export interface CommandContext {
  state: State;
  topology: Topology;
  faults: Faults;
  member: Member;
  cursors: Cursors<Cursor>;
  database: string;
  connectionId: number;
  /** Aborted when the client goes away. */
  signal: AbortSignal;
}

/** Gives the fields of the reply before `ok`; throws a ServerError for anything else. */
export type Handler = (command: Doc, context: CommandContext) => Doc | Promise<Doc>;

/** The collection that the command's first field names. */
export function collectionName(command: Doc, database: string): string {
  const name = command.values().next().value as Maybe;
  if (typeof name !== 'string') throw new ServerError(73, 'collection name has invalid type');
  if (name === '') throw new ServerError(73, `Invalid namespace specified '${database}.'`);
  return name;
}

export function optionalNumber(command: Doc, field: string): number | undefined {
  const value = command.get(field);
  return isNumber(value) ? Number(value.toString()) : undefined;
}
