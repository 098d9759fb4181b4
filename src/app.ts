import { randomUUID } from 'node:crypto';
import type { GraphQLSchema } from 'graphql';
import type { Logger } from 'pino';
import { createAccess, isLoopback, refuseOpenDoor } from './access.js';
import { createAdmission } from './admission.js';
import type { Config } from './config.js';
import { createContexts } from './contexts.js';
import { createConversation } from './conversation.js';
import type { Hooks } from './domain/access/hook-types.js';
import { pause } from './domain/async/pause.js';
import { createReadBudgets } from './domain/fairness/read-budgets.js';
import { createRoom } from './domain/fairness/room.js';
import { readStatus, type ServerStatus } from './domain/live/server-status.js';
import { createSessionService } from './domain/sessions/session-service.js';
import { createSnapshotService } from './domain/sessions/snapshot-service.js';
import { watchWrites } from './domain/sessions/write-health.js';
import { trustedDocuments } from './given-files.js';
import type { Trust } from './graphql/checks/trusted-documents.js';
import { createCursorCodec } from './graphql/cursor.js';
import { createMask, type Mask } from './graphql/errors.js';
import { createPlans, type Plans } from './graphql/plan/plans.js';
import { createSchema } from './graphql/schema.js';
import { createApolloServer } from './graphql/server.js';
import { loadHooks } from './load-hooks.js';
import { createMetrics } from './observe/metrics.js';
import { observedStore } from './observe/observed-store.js';
import { observerOf } from './observe/operation-observer.js';
import { createTracing } from './observe/tracing.js';
import { startRetention } from './operate/retention.js';
import { loadRetentionRules, type RetentionRule } from './operate/retention-rules.js';
import { loadWebhooks, type Webhooks } from './operate/webhooks/endpoints.js';
import { createWriters } from './operate/webhooks/writers.js';
import { randomBytes } from './random-bytes.js';
import { OBJECT_LIMITS, READ_LIMITS } from './server-limits.js';
import { storeOptions } from './store-options.js';
import { type OpenedStore, openStore } from './stores/open-store.js';
import { type Addresses, createTransports } from './transports.js';
import { packageVersion } from './version.js';
import { sendWebhooks } from './webhooks.js';

/** A whole server: built once, started once, stopped once. */
export interface App {
  /** Listens. Rejects with a ListenError. */
  start(): Promise<Addresses>;
  /** Stops intake, closes sockets with 1012, answers what is under way, then closes feed and store. Safe to call twice. */
  stop(): Promise<void>;
  /** The database, in words for a log line, without a secret. */
  readonly store: string;
}

interface AppOptions {
  log: Logger;
  /** How operations that came before are executed; absent: by their plans. */
  plans?: (schema: GraphQLSchema, mask: Mask, config: Config) => Plans;
}

/** Opens the database and builds the server. Rejects with STORE_UNAVAILABLE and what to do about it. */
export async function createApp(config: Config, { log, plans = createPlans }: AppOptions): Promise<App> {
  // Before the database is opened: what is wrong with them is the caller's to mend.
  const hooks = config.hooks === null ? null : await loadHooks(config.hooks);
  const trust = config.operations === null ? null : await trustedDocuments(config.operations);
  const rules = config.retentionRules === null ? null : await loadRetentionRules(config.retentionRules);
  const webhooks =
    config.webhooks === null
      ? null
      : await loadWebhooks(config.webhooks, config.webhookAllowPrivate, process.env);
  const { metadataIndexes } = config;
  const opened = await openStore({ ...storeOptions(config, { serves: true }), metadataIndexes, log });
  try {
    return await composeApp(config, { opened, hooks, trust, rules, webhooks, plans, log });
  } catch (error) {
    await opened.close();
    throw error;
  }
}

interface Parts {
  opened: OpenedStore;
  hooks: Hooks | null;
  trust: Trust | null;
  rules: readonly RetentionRule[] | null;
  webhooks: Webhooks | null;
  plans: NonNullable<AppOptions['plans']>;
  log: Logger;
}

async function composeApp(config: Config, parts: Parts): Promise<App> {
  const { opened, hooks, trust, rules, webhooks, log } = parts;
  const tracing = createTracing(opened.engine, packageVersion());
  const metrics = createMetrics({ version: packageVersion(), status, connections: opened.connections });
  const observe = { metrics, tracing };
  const { store, writes } = watchWrites(observedStore(opened.sessions, observe), {
    now: () => performance.now(),
    pause,
    onChange: (reason) =>
      reason === null ? log.info('writes work again') : log.warn(`writes fail: ${reason}`),
  });
  const cursors = createCursorCodec(await opened.secrets.secret('cursors'));
  const now = () => new Date();
  const service = createSessionService({ store, now, randomBytes, newId: randomUUID });
  const { hub, replies, follow } = createConversation({ opened, store, service, cursors, observe, now, log });
  const writers = webhooks && createWriters();
  const access = await createAccess(config, opened, { now, log, onWritten: writers?.note });
  await refuseOpenDoor(config, isLoopback(config.host), access.authenticator);
  const admission = createAdmission(access, metrics);
  const makeContext = createContexts({
    service,
    replies: replies.service,
    snapshots: createSnapshotService({ snapshots: opened.snapshots, sessions: service, now }),
    hooks,
    follow,
    reads: createReadBudgets({ ...READ_LIMITS, perOperation: config.maxReadBytes }),
    objects: createRoom(OBJECT_LIMITS.together, OBJECT_LIMITS.many),
    access,
    admit: admission.admit,
    audit: opened.audit,
    webhooks: opened.webhooks,
    status,
    now,
    log,
  });
  const schema = createSchema();
  const mask = createMask(log);
  const observer = observerOf({ metrics, tracing });
  const plans = parts.plans(schema, mask, config);
  const apollo = createApolloServer(schema, mask, config, observer('http'), plans);
  await apollo.start();
  const transports = await createTransports(config, {
    schema,
    mask,
    plans,
    apollo,
    makeContext,
    observer,
    access,
    admission,
    trust,
    metrics,
    status,
    log,
  });

  /** Whoever may ask, and as often as it likes: those who ask at once share what is asked of the database. */
  let asking: Promise<ServerStatus> | null = null;
  function status(): Promise<ServerStatus> {
    asking ??= readStatus({
      version: packageVersion(),
      engine: opened.engine,
      store,
      writes,
      nearlyFull: opened.nearlyFull,
      hub,
      sockets: transports.status,
      stopping: () => stopping !== null,
    }).finally(() => {
      asking = null;
    });
    return asking;
  }

  let retention: ReturnType<typeof startRetention> | null = null;
  let sending: { stop(): Promise<void> } | null = null;
  let stopping: Promise<void> | null = null;
  async function stop(): Promise<void> {
    const closing = transports.close();
    const sent = sending?.stop();
    await closing;
    await apollo.stop();
    await Promise.all([retention?.stop(), sent]);
    await replies.stop();
    await hub.close();
    await access.auditor.close();
    await opened.close();
  }

  return {
    store: opened.describe,
    async start() {
      await hub.start();
      replies.start();
      retention =
        rules &&
        startRetention({
          store,
          rules,
          leases: opened.leases,
          holder: randomUUID(),
          record: (entry) => access.auditor.record(entry),
          now,
          pause,
          log,
        });
      sending =
        webhooks &&
        writers &&
        (await sendWebhooks(webhooks, {
          writers,
          opened,
          service,
          hooks,
          follow,
          schema,
          makeContext,
          metrics,
          now,
          log,
        }));
      return transports.listen();
    },
    stop() {
      stopping ??= stop();
      return stopping;
    },
  };
}
