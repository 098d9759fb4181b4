import type { Logger } from 'pino';
import { ParleyError } from '../../domain/errors.js';
import type { HeldEvent } from '../../domain/webhook-store.js';
import type { BodyOf } from './bodies.js';
import type { Courier } from './courier.js';
import type { WebhookEndpoint } from './endpoints.js';
import type { Lanes } from './lanes-port.js';
import type { Ledger } from './ledger.js';
import { isOfEvent } from './pace.js';
import type { Paces } from './paces.js';
import { headersOf } from './request-headers.js';

export interface WebhookMetrics {
  attempt(endpoint: string, outcome: 'taken' | 'failed', seconds: number): void;
  /** An event has become a dead letter. */
  givenUp(endpoint: string): void;
  /** What this process sends; null: it does no longer. */
  sending(endpoint: string, state: { waiting: number; dead: number } | null): void;
}

/** How an endpoint stands, as far as this process knows. */
export interface EndpointStanding {
  /** Why nothing more is sent; null: it is. */
  disabled: string | null;
  /** Dead letters. */
  dead: number;
}

export interface DeliverDeps {
  endpoint: WebhookEndpoint;
  bodyOf: BodyOf;
  courier: Courier;
  lanes: Lanes;
  ledger: Ledger;
  paces: Paces;
  standing: EndpointStanding;
  metrics: WebhookMetrics;
  /** Whether this process may still send. */
  mayGoOn(): boolean;
  /** Cuts requests off: what becomes of them is not known. */
  cutting: AbortSignal;
  now: () => number;
  log: Logger;
  limits: DeliverLimits;
}

export interface DeliverLimits {
  /** After this the next failure of an event is its last, in ms. */
  tryForMs: number;
  /** With so many nothing more is given up: it is tried on. */
  deadLetters: number;
}

/** After a body could not be made because the database is away. */
const POSTPONE_MS = 1_000;

/** Makes one attempt at an event that is under way, with what it tells of as that is now. */
export function createDelivery(deps: DeliverDeps): (held: HeldEvent) => Promise<void> {
  const { endpoint, bodyOf, courier, lanes, ledger, paces, standing, metrics, now, log, limits } = deps;
  const { name, url } = endpoint;

  function notTaken(held: HeldEvent, failure: string): void {
    const time = now();
    if (time - held.since.getTime() < limits.tryForMs || standing.dead >= limits.deadLetters) {
      lanes.failed(held, failure, time + paces.delayAfter(held.attempts + 1));
      return;
    }
    standing.dead += 1;
    lanes.giveUp(held, failure, time);
    metrics.givenUp(name);
    log.warn(
      { endpoint: name, id: held.event.id, failure },
      'an event was given up: it is a dead letter now',
    );
  }

  return async (held) => {
    const { id } = held.event;
    let body: string | null;
    try {
      body = await bodyOf(held.event);
    } catch (error) {
      log.warn({ err: error, endpoint: name, id }, 'an event could not be read for a webhook');
      const away = error instanceof ParleyError && error.code === 'STORE_UNAVAILABLE';
      if (away) lanes.postpone(held, now() + POSTPONE_MS);
      else notTaken(held, 'it could not be read');
      return;
    }
    if (body === null) return lanes.done(held);
    if (!deps.mayGoOn()) return lanes.postpone(held, now());
    const start = performance.now();
    const headers = headersOf(endpoint, id, body, now());
    const { failure, gone, retryAfterMs } = await courier.send({ url, headers, body }, deps.cutting);
    if (failure !== null && deps.cutting.aborted) return lanes.postpone(held, now());
    const caller = lanes.callerOf(held);
    metrics.attempt(name, failure === null ? 'taken' : 'failed', (performance.now() - start) / 1_000);
    if (failure === null) {
      ledger.taken(now());
      lanes.done(held);
      if (paces.taken(caller, now())) lanes.hurry();
      return;
    }
    if (isOfEvent(failure)) paces.refused(caller, now(), retryAfterMs);
    else paces.failed(caller, now(), retryAfterMs);
    if (!gone) return notTaken(held, failure);
    standing.disabled = failure;
    lanes.postpone(held, now());
    log.warn(
      { endpoint: name },
      'the receiver of a webhook wants no more: nothing is sent until it is enabled',
    );
  };
}
