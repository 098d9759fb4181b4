import type { Logger } from 'pino';
import { nextTurn } from '../../domain/async/next-turn.js';
import type { Pause } from '../../domain/async/pause.js';
import { ParleyError } from '../../domain/errors.js';
import { type FollowDeps, patiently } from '../../domain/live/follow.js';
import type { WebhookStore } from '../../domain/webhook-store.js';
import { createBell } from './bell.js';
import type { BodyOf } from './bodies.js';
import { choose } from './choose.js';
import type { Courier } from './courier.js';
import { createDelivery, type DeliverLimits, type EndpointStanding, type WebhookMetrics } from './deliver.js';
import type { WebhookEndpoint } from './endpoints.js';
import type { WebhookEvents } from './events.js';
import { openFeed } from './feed.js';
import { createGiveRoom, type RoomLimits } from './give-room.js';
import type { HeldLease } from './hold-lease.js';
import { createLanes } from './lanes.js';
import type { LaneLimits } from './lanes-port.js';
import { createLedger } from './ledger.js';
import type { PaceLimits } from './pace.js';
import { createPaces } from './paces.js';
import { saveInParts } from './save-in-parts.js';
import type { Writers } from './writers.js';

export interface SenderDeps {
  follow: Pick<FollowDeps, 'hub' | 'store' | 'pause' | 'random'>;
  webhooks: WebhookStore;
  events: WebhookEvents;
  bodyOf: BodyOf;
  /** Whose share the events of a session are of. */
  writers: Pick<Writers, 'of' | 'onKnown'>;
  courier: Courier;
  metrics: WebhookMetrics;
  now: () => number;
  pause: Pause;
  random: () => number;
  log: Logger;
  limits: SenderLimits;
}

export interface SenderLimits extends DeliverLimits, RoomLimits {
  lanes: LaneLimits;
  pace: PaceLimits;
  saveEveryMs: number;
  /** How often a cursor that has passed nothing is saved: the history behind it goes. */
  idleSaveEveryMs: number;
  /** How often it is looked for what an operator has done. */
  lookEveryMs: number;
  /** What is under way at a stop may take so long. */
  graceMs: number;
}

export interface Tenure {
  holder: string;
  lease: Pick<HeldLease, 'mayGoOn' | 'lost'>;
  stopping: AbortSignal;
}

/** Whose the events are that are about all sessions. */
const ALL = 'all';

/**
 * Sends to one endpoint what happens, for as long as this process is the one that does. What it has not saved when it dies is sent
 * again by the next, in the same order and with the same ids.
 */
export async function sendTo(endpoint: WebhookEndpoint, tenure: Tenure, deps: SenderDeps): Promise<void> {
  const { holder, lease, stopping } = tenure;
  const { follow, webhooks, events, metrics, now, pause, limits } = deps;
  const { name } = endpoint;
  const begun = await webhooks.begin({ endpoint: name, holder, cursor: follow.hub.position() });
  const held = await webhooks.held(name);
  const ledger = createLedger(begun.cursor);
  const lanes = createLanes({
    ledger,
    held: held.waiting,
    dead: held.dead,
    limits: limits.lanes,
    instead: (event, of) =>
      of === 'all' ? events.lost(event.position, now(), 'QUEUE_FULL') : events.instead(event, 'QUEUE_FULL'),
    writerOf: (sessionId) => (sessionId === null ? ALL : deps.writers.of(sessionId)),
  });
  // Whoever sent before has died or was stopped, and the receiver may be back.
  lanes.hurry();
  const paces = createPaces(limits.pace, deps.random, now());
  const bell = createBell(pause);
  const ending = new AbortController();
  const cutting = new AbortController();
  const feed = openFeed(follow, begun.cursor, ending.signal);
  const standing: EndpointStanding = { disabled: begun.disabled, dead: held.dead.length };
  const parts = {
    ...deps,
    endpoint,
    lanes,
    ledger,
    paces,
    standing,
    mayGoOn: () => !ending.signal.aborted && lease.mayGoOn(),
    cutting: cutting.signal,
  };
  const deliver = createDelivery(parts);
  const makeRoom = createGiveRoom({ ...parts, onSeen: bell.ring });
  const underWay = new Set<Promise<void>>();
  const saved = { ...begun };
  let idleSavedAt = now();

  const end = () => {
    ending.abort();
    bell.ring();
  };
  const cut = () => {
    cutting.abort();
    end();
  };
  const patient = <T>(read: () => Promise<T>) => patiently(follow, ending.signal, read);

  async function reading(): Promise<void> {
    for await (const { changes, position, lost } of feed.read()) {
      if (lost) lanes.take(events.lost(position, now()), now());
      // Who has written it is known in the turn after.
      await nextTurn();
      const chosen = await choose(follow, endpoint, { events, changes, signal: ending.signal });
      const told = new Map(chosen.map((event) => [event.position, event]));
      for (const change of changes) {
        if (change.kind === 'session-deleted') lanes.erase(change.sessionId);
        const event = told.get(change.position);
        if (event) lanes.take(event, now());
      }
      ledger.readTo(position);
      bell.ring();
      while (!lanes.hasRoom() && !ending.signal.aborted) {
        if (!makeRoom()) await pause(limits.saveEveryMs, ending.signal);
      }
    }
  }

  async function sending(): Promise<void> {
    while (!ending.signal.aborted) {
      const maySend = standing.disabled === null && lease.mayGoOn();
      const mayStart = maySend ? paces.allows(now()) - underWay.size : 0;
      let before = 0;
      const next =
        mayStart > 0
          ? lanes.next(now(), (caller, own) => {
              before = own;
              return paces.mayStart(caller, { own, others: underWay.size - own }, now());
            })
          : null;
      if (next) {
        paces.started(lanes.callerOf(next), before, now());
        const delivery = deliver(next).finally(() => {
          underWay.delete(delivery);
          bell.ring();
        });
        underWay.add(delivery);
        continue;
      }
      const times = mayStart > 0 ? [lanes.nextDueAt(), paces.callerRestsUntil(now())] : [paces.restsUntil()];
      const ahead = times.flatMap((at) => (at !== null && at > now() ? [at - now()] : []));
      const ms = Math.min(...ahead, limits.lookEveryMs);
      await bell.wait(ms);
    }
  }

  /** False where another process has begun since. */
  async function save(): Promise<boolean> {
    const idleAt = feed.idleAt();
    if (idleAt !== null && now() - idleSavedAt >= limits.idleSaveEveryMs) {
      ledger.readTo(idleAt);
      idleSavedAt = now();
    }
    const unsaved = ledger.unsaved();
    if (!unsaved && standing.disabled === saved.disabled) return true;
    const progress = unsaved ?? { cursor: saved.cursor, put: [], remove: [], erased: [], deliveredAt: null };
    // Only where it is new: an operator may have ended it meanwhile.
    const disabled = standing.disabled === saved.disabled ? null : standing.disabled;
    try {
      const state = { endpoint: name, holder, ...progress, disabled };
      const gone = await saveInParts(webhooks, state, saved.cursor);
      if (gone === null) return false;
      Object.assign(saved, { cursor: progress.cursor, disabled: disabled ?? saved.disabled });
      standing.dead -= gone;
    } catch (error) {
      if (!(error instanceof ParleyError)) throw error;
      if (unsaved) ledger.putBack(unsaved);
    }
    return true;
  }

  async function saving(): Promise<void> {
    do await pause(limits.saveEveryMs, ending.signal);
    while (!ending.signal.aborted && (await save()));
  }

  /** Ends where the endpoint was forgotten. */
  async function looking(): Promise<void> {
    while (!ending.signal.aborted) {
      await pause(limits.lookEveryMs, ending.signal);
      metrics.sending(name, { waiting: lanes.waiting(), dead: standing.dead });
      const mark = await patient(() => webhooks.mark(name));
      if (mark === null) return;
      if (mark.revision === saved.revision) continue;
      const again = await patient(() => webhooks.held(name));
      Object.assign(saved, { revision: mark.revision, disabled: mark.disabled });
      Object.assign(standing, { disabled: mark.disabled, dead: again.dead.length });
      lanes.restore(again.waiting);
      bell.ring();
    }
  }

  // An event may be read before its write has its answer.
  const leave = deps.writers.onKnown((sessionId) => {
    lanes.writtenBy(sessionId);
    bell.ring();
  });
  stopping.addEventListener('abort', end);
  lease.lost.addEventListener('abort', cut);
  if (stopping.aborted) end();
  if (lease.lost.aborted) cut();
  metrics.sending(name, { waiting: lanes.waiting(), dead: standing.dead });
  const loops = [reading(), sending(), saving(), looking()];
  try {
    await Promise.race(loops);
  } finally {
    end();
    await Promise.race([Promise.all(underWay), pause(limits.graceMs, cutting.signal)]);
    cut();
    await Promise.allSettled([...underWay, ...loops]);
    if (lease.mayGoOn()) await save();
    leave();
    stopping.removeEventListener('abort', end);
    lease.lost.removeEventListener('abort', cut);
    metrics.sending(name, null);
  }
}
