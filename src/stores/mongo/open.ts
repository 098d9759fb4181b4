import type { Logger } from 'pino';
import type { MongoOptions, OpenedStore } from '../opened-store.js';
import { auditOf, createAuditLog, createKeyStore } from './access.js';
import { replyCollectionsOf } from './documents/reply-document.js';
import { createCallGate } from './driver/call-gate.js';
import { createFeedPool, createPool } from './driver/client.js';
import { sessionsOf } from './driver/collection.js';
import { countConnections } from './driver/pool.js';
import { createPoolPlaces } from './driver/pool-places.js';
import { logMode, probeServer } from './driver/probe.js';
import { FEED_LIMITS, type FeedLimits } from './feed/feed-stream.js';
import { indexesOf, prepareIndexes } from './indexes.js';
import { createLeases } from './leases.js';
import { loadViewerPassword } from './reads/read-sessions.js';
import { createMongoReplies } from './replies.js';
import { createSecretStore } from './secrets.js';
import { createMongoSessionStore } from './session-store.js';
import { createMongoSnapshotStore, snapshotsOf } from './snapshots.js';
import { createMongoTransfer } from './transfer.js';
import { createWebhookStore } from './webhooks.js';
import { createAppender } from './writes/append-messages.js';
import { createDocumentSizes } from './writes/document-sizes.js';
import { createReceiptSweep } from './writes/receipt-sweep.js';
import { createSpentReceipts } from './writes/spent-receipts.js';

/** A `client` that was handed in serves the feed too. */
export type MongoStoreOptions = MongoOptions & { feedLimits?: FeedLimits };

export interface MongoShared {
  metadataIndexes: readonly string[] | null;
  log: Logger;
}

/**
 * Opens the sessions of one collection. STORE_UNAVAILABLE where MongoDB cannot be reached; where it is reached but has
 * no change streams, the store opens and its `changes` say why.
 */
export async function openMongoStore(options: MongoStoreOptions, shared: MongoShared): Promise<OpenedStore> {
  const { database, collection } = options;
  const log = shared.log.child({ store: 'mongodb' });
  const [client, feedClient] =
    'client' in options
      ? [options.client, options.client]
      : [createPool(options.uri), createFeedPool(options.uri)];
  const connections = 'client' in options ? null : countConnections(client);
  const closeClients = async () => {
    if ('client' in options) return;
    await Promise.allSettled([client.close(), feedClient.close()]);
  };

  const feed = { client: feedClient, database, collection, limits: options.feedLimits ?? FEED_LIMITS };
  try {
    logMode(await probeServer(client, feed), log);
  } catch (error) {
    await closeClients();
    throw error;
  }

  const gate = createCallGate();
  const places = createPoolPlaces(client.options.maxPoolSize);
  const sizes = createDocumentSizes(log);
  const sessions = sessionsOf(client, database, collection);
  const snapshots = snapshotsOf(client, database, collection);
  const replies = replyCollectionsOf(client, database, collection);
  const context = {
    sessions,
    snapshots,
    replies,
    sweep: createReceiptSweep(sessions),
    spent: createSpentReceipts(),
    sizes,
  };
  const append = createAppender(context, places);
  // Not waited for: on a large collection an index takes minutes, and nothing depends on it.
  const wanted = indexesOf([client, database, collection], shared.metadataIndexes ?? []);
  const indexes = prepareIndexes(wanted, options.indexes, log, gate.closing);
  let closed: Promise<void> | null = null;
  const close = () => {
    closed ??= gate
      .close()
      .then(closeClients)
      .then(() => indexes);
    return closed;
  };

  return {
    engine: 'mongodb',
    describe: `MongoDB ${database}.${collection} at ${client.options.srvHost ?? client.options.hosts.join(', ')}`,
    sessions: createMongoSessionStore({ context, append, feed, gate, places, close }),
    nearlyFull: sizes.nearlyFull,
    connections: () => connections?.() ?? null,
    replies: createMongoReplies({ context, append, feed, gate, places }),
    secrets: createSecretStore(client, database),
    snapshots: createMongoSnapshotStore({ snapshots, sessions, places, gate }),
    keys: createKeyStore(client, database, gate),
    audit: createAuditLog(client, database, gate, places),
    leases: createLeases(client, database, collection, gate),
    webhooks: createWebhookStore(client, database, collection, { gate, places }),
    transfer: createMongoTransfer({ sessions, snapshots, audit: auditOf(client, database) }, gate),
    viewerPasswords: {
      viewerPassword: (sessionId) => gate.call(() => loadViewerPassword(sessions, sessionId)),
    },
    close,
  };
}
