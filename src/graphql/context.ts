import type { Logger } from 'pino';
import type { FollowDeps, HandOver, SlowReader } from '../domain/follow.js';
import type { SessionService } from '../domain/session-service.js';
import type { CursorCodec } from './cursor.js';
import type { Loaders } from './loaders.js';

/** What resolvers work with: made anew for each operation, and for each event of a subscription. */
export interface RequestContext {
  service: SessionService;
  loaders: Loaders;
  cursors: CursorCodec;
  follow: FollowDeps;
  /** The reader of a subscription's events. */
  reader: SlowReader;
  handOver: HandOver | null;
  log: Logger;
}
