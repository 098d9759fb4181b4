import type { Logger } from 'pino';
import type { Later } from '../domain/async/later.js';
import type { MakeContext } from '../graphql/context.js';
import type { Beat } from './beat.js';
import type { Connections } from './bounds/connections.js';
import type { CutOff } from './cut-off.js';
import type { Begin } from './ws-begin.js';
import type { CallersOptions, SocketExtra } from './ws-callers.js';
import type { IncomingLimits } from './ws-incoming.js';
import type { GuardedTogether } from './ws-socket.js';

/** What is known of a socket before it says anything. */
export type Opener = Pick<SocketExtra, 'from' | 'authorization'>;

/** What all connections share. */
export interface ConnectionParts {
  begin: Begin;
  makeContext: MakeContext;
  /** There when a message of this caller may be read. */
  turn(caller: string): Later<void>;
  refused: CallersOptions['refused'];
  guarding: GuardedTogether;
  /** Beats for the protocol's own ping. */
  pingMessages: Beat;
  incoming: IncomingLimits;
  /** Counts sockets until they have said who they are. */
  connections: Pick<Connections, 'leave'>;
  cutOff: CutOff;
  log: Logger;
}
