import { randomBytes, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import type { Config } from './config.js';
import { createChangeHub } from './domain/change-hub.js';
import { createSlowReader, type FollowDeps, type SlowReader } from './domain/follow.js';
import { createLiveLoads } from './domain/live-loads.js';
import { pause } from './domain/pause.js';
import { createSessionService } from './domain/session-service.js';
import { createCursorCodec } from './graphql/cursor.js';
import { openStore } from './stores/open-store.js';
import { serveWebSocket } from './transport/ws.js';

/** A whole server: built once, started once, stopped once. */
export interface App {
  /** Listens. Rejects with the listen error of node, such as EADDRINUSE. */
  start(): Promise<{ url: string }>;
  /** Stops intake, closes sockets with 1012, drains requests, then closes feed and store. */
  stop(): Promise<void>;
  /** The database, in words for a log line, without a secret. */
  readonly store: string;
}

/** Changes a follower may leave untaken, and changes kept in memory for those who reconnect: identities alone. */
const QUEUE_LIMIT = 1_000;
const RING_SIZE = 10_000;
/** How long requests under way may take at a stop. */
const DRAIN_MS = 5_000;
