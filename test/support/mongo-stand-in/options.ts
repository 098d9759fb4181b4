import type { User } from './state/users.js';

export type Dialect = '4.4' | '5.0' | '8.0';

/** How a stand-in is to behave; everything has a default. */
export interface MongoStandInOptions {
  /** Which server's shapes: 4.4.1 and 5.0.0 as recorded, or those that newer servers are documented to give. */
  dialect?: Dialect;
  /** Members of the replica set, the first of which is primary. */
  members?: number;
  /** No replica set: no change streams, no numbered writes. */
  standalone?: boolean;
  /** The members are `mongos` of one sharded cluster: each takes everything, and knows the cursors that it has opened itself. */
  sharded?: boolean;
  /** Members that were never told to form a set. */
  neverInitiated?: boolean;
  replicaSet?: string;
  /** 0 takes any free port; with several members the ports that follow it. */
  port?: number;
  /** How long a set is without a primary after its primary was killed, in ms. */
  electionMs?: number;
  /** Entries that the oplog holds before it forgets the older half. */
  oplogEntries?: number;
  /** Who may do what; with none everyone may do everything. */
  users?: readonly User[];
  /** The server's clock, in ms. */
  now?: () => number;
}

export type Settings = Required<MongoStandInOptions>;

export const withDefaults = (options: MongoStandInOptions): Settings => ({
  dialect: '4.4',
  members: 1,
  standalone: false,
  sharded: false,
  neverInitiated: false,
  replicaSet: 'rs0',
  port: 0,
  electionMs: 50,
  oplogEntries: 200_000,
  users: [],
  now: Date.now,
  ...options,
});

/** Whether the server to be is that one or a later one. */
export type Since = (dialect: Dialect) => boolean;

const DIALECTS: readonly Dialect[] = ['4.4', '5.0', '8.0'];

export const sinceOf =
  ({ dialect }: Settings): Since =>
  (first) =>
    DIALECTS.indexOf(dialect) >= DIALECTS.indexOf(first);
