import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { ServerStatus } from '../domain/live/server-status.js';
import { isWrite } from '../domain/sessions/write-health.js';
import type { EndedOperation } from '../graphql/observe-operations.js';
import type { WebhookMetrics } from '../operate/webhooks/deliver.js';
import type { PoolStats } from '../stores/open-store.js';
import { createKnownNames } from './known-names.js';
import { createWebhookMetrics } from './webhook-metrics.js';

/** One operation that was carried out, or refused. */
export type OperationEnd = EndedOperation & { transport: 'http' | 'websocket' | 'event-stream' };

/** What one process counts, and how it shows it. */
export interface Metrics {
  operation(end: OperationEnd): void;
  /** A request that was refused before it became an operation. */
  refusal(code: string): void;
  storeCommand(command: string, outcome: 'ok' | 'error', seconds: number): void;
  /** How old the last of some changes was when they were handed on. */
  eventDelay(seconds: number): void;
  readonly webhooks: WebhookMetrics;
  /** Everything, as the `Accept` header of a scraper takes it: OpenMetrics, or Prometheus' own text. */
  show(accept: string | undefined): Promise<{ contentType: string; text: string }>;
}

export interface MetricsSources {
  version: string;
  status(): Promise<ServerStatus>;
  /** Null where the store keeps none. */
  connections(): PoolStats | null;
}

/** From the event loop's shortest answers to the longest that a limit lets pass. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** Names of operations are the client's to choose: this many are told apart, and the rest are one. */
const MAX_NAMES = 100;
const MAX_NAME_LENGTH = 80;
/** As observed-store.ts names them. */
const REPLY_WRITES: ReadonlySet<string> = new Set(['replies.start', 'replies.append', 'replies.end']);
/** What is counted together, at the latest: to count one by itself costs several times as much. */
const COUNTED_TOGETHER = 64;
const FEED_STATES = ['starting', 'live', 'degraded', 'unavailable', 'closed'] as const;

/** One command of the store. */
interface CommandEnd {
  command: string;
  outcome: 'ok' | 'error';
  seconds: number;
}

const isLike = (one: OperationEnd, other: OperationEnd | undefined) =>
  one.name === other?.name &&
  one.code === other.code &&
  one.type === other.type &&
  one.transport === other.transport;

/** Things that wait to be counted, until there are enough of them or somebody asks. */
function createGathered<T>(countAll: (things: readonly T[]) => void) {
  let waiting: T[] = [];
  function count(): void {
    const things = waiting;
    waiting = [];
    countAll(things);
  }
  return {
    add(thing: T): void {
      if (waiting.push(thing) >= COUNTED_TOGETHER) count();
    },
    count,
  };
}

/** Names, units and types by https://prometheus.io/docs/practices/naming. Every label has a bounded number of values. */
export function createMetrics(sources: MetricsSources): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const nameOf = createKnownNames(MAX_NAMES, MAX_NAME_LENGTH);

  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Counter({ name, help, labelNames, registers });
  const histogram = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Histogram({ name, help, labelNames, buckets: SECONDS, registers });
  const gauge = <L extends string = never>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Gauge({ name, help, labelNames, registers });

  const operations = counter(
    'parley_operations_total',
    'Operations by outcome: OK or the first error code.',
    ['transport', 'type', 'name', 'code'],
  );
  const durations = histogram('parley_operation_duration_seconds', 'Time to answer a query or mutation.', [
    'transport',
    'type',
    'name',
  ]);
  const refusals = counter(
    'parley_refusals_total',
    'Requests and connections refused before they became an operation.',
    ['code'],
  );
  const commands = histogram('parley_store_command_duration_seconds', 'Time of one command of the store.', [
    'command',
    'outcome',
  ]);

  const writes = counter(
    'parley_writes_total',
    'Writes of sessions and of what is in them, and of replies in progress: each start, end, and step that keeps parts.',
    ['of', 'outcome'],
  );
  const delays = histogram(
    'parley_event_delay_seconds',
    'Time from a write until its event was handed on, of the last change of each batch.',
    [],
  );
  const webhooks = createWebhookMetrics(registers);

  const ready = gauge('parley_ready', 'Whether requests should be sent here, as /ready says.');
  const works = gauge('parley_works', 'Whether it works.', ['what']);
  const feedState = gauge('parley_feed_state', 'The state of the change feed: 1 for the one it is in.', [
    'state',
  ]);
  const feedLag = gauge('parley_feed_lag_seconds', 'Age of the last change when it was handed on.');
  const followers = gauge('parley_followers', 'Readers of the change feed.');
  const queued = gauge('parley_queued_changes', 'Changes that wait for their followers.');
  const longest = gauge('parley_longest_queue_changes', 'Changes that wait for the slowest follower.');
  const sockets = gauge('parley_sockets', 'Open WebSockets.');
  const subscriptions = gauge('parley_subscriptions', 'Subscriptions of all sockets.');
  const groups = gauge('parley_subscription_groups', 'Groups of equal subscriptions, each executed once.');
  const waiting = gauge('parley_socket_waiting_bytes', 'Bytes that clients have not taken yet.');
  const mostWaiting = gauge('parley_socket_most_waiting_bytes', 'Of these, of the slowest client.');
  const nearlyFull = gauge(
    'parley_sessions_nearly_full',
    'Sessions at 80 % of what the database takes of one.',
  );
  const connections = gauge('parley_pool_connections', 'Connections to MongoDB.', ['state']);
  const pooled = gauge('parley_pool_waiting_commands', 'Commands that wait for a connection.');
  const info = gauge('parley_build_info', 'Which version runs: always 1.', ['version', 'engine']);
  collectDefaultMetrics({ register: registry });
  // A name that ends so is a counter's, and these are none: a sum over the labels of their namesakes says the same.
  for (const what of ['handles', 'requests', 'resources']) {
    registry.removeSingleMetric(`nodejs_active_${what}_total`);
  }
  // The same metrics in the other form; a registry has one.
  const openMetrics = new Registry<typeof Registry.OPENMETRICS_CONTENT_TYPE>();
  openMetrics.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  for (const metric of registry.getMetricsAsArray()) {
    // prom-client 15.1.3 takes `_total` off a counter's name when it writes OpenMetrics, for good: off one that only lends it.
    openMetrics.registerMetric(Object.create(metric) as never);
  }

  async function measure(): Promise<void> {
    const now = await sources.status();
    ready.set(Number(now.ready));
    for (const [what, does] of Object.entries(now.works)) works.set({ what }, Number(does));
    for (const state of FEED_STATES) feedState.set({ state }, Number(state === now.feed.state));
    feedLag.set(now.feed.lagMs === null ? Number.NaN : now.feed.lagMs / 1_000);
    followers.set(now.feed.followers);
    queued.set(now.feed.queued);
    longest.set(now.feed.longestQueue);
    sockets.set(now.sockets.open);
    subscriptions.set(now.sockets.subscriptions);
    groups.set(now.sockets.groups);
    waiting.set(now.sockets.waitingBytes);
    mostWaiting.set(now.sockets.mostWaitingBytes);
    nearlyFull.set(now.store.nearlyFull);
    info.set({ version: sources.version, engine: now.store.engine }, 1);
    const stats = sources.connections();
    if (!stats) return;
    connections.set({ state: 'in_use' }, stats.inUse);
    connections.set({ state: 'idle' }, stats.connections - stats.inUse);
    pooled.set(stats.waiting);
  }

  function countOperations(ends: readonly OperationEnd[]): void {
    let equal = 0;
    for (const [index, end] of ends.entries()) {
      const { transport, type, code, seconds } = end;
      const name = nameOf(end.name);
      if (seconds !== null) durations.observe({ transport, type, name }, seconds);
      equal++;
      if (isLike(end, ends[index + 1])) continue;
      operations.inc({ transport, type, name, code }, equal);
      equal = 0;
    }
  }

  function countCommand({ command, outcome, seconds }: CommandEnd): void {
    commands.observe({ command, outcome }, seconds);
    if (isWrite(command)) writes.inc({ of: 'session', outcome });
    else if (REPLY_WRITES.has(command)) writes.inc({ of: 'reply', outcome });
  }

  const ended = createGathered(countOperations);
  const carriedOut = createGathered((ends: readonly CommandEnd[]) => ends.forEach(countCommand));

  return {
    operation: ended.add,
    refusal: (code) => refusals.inc({ code }),
    storeCommand: (command, outcome, seconds) => carriedOut.add({ command, outcome, seconds }),
    eventDelay: (seconds) => delays.observe(seconds),
    webhooks,
    async show(accept) {
      await measure();
      ended.count();
      carriedOut.count();
      const form = accept?.includes('application/openmetrics-text') ? openMetrics : registry;
      return { contentType: form.contentType, text: await form.metrics() };
    },
  };
}
