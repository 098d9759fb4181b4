import type { HeldEvent } from '../../domain/webhook-store.js';
import type { DeliverDeps } from './deliver.js';
import { isOfEvent } from './pace.js';
import { testLetter } from './test-letter.js';

export interface RoomLimits {
  /** With so many dead letters nothing more becomes one. */
  deadLetters: number;
  /** How often an endpoint of which too much waits is asked whether it is there at all, in ms, where nothing has failed since. */
  probeEveryMs: number;
}

export interface RoomDeps extends Omit<DeliverDeps, 'bodyOf' | 'limits' | 'ledger'> {
  limits: RoomLimits;
  /** Something may be sent sooner. */
  onSeen(): void;
}

/**
 * What is not taken of one caller steps aside, so that the events of others are read. False where nothing can: then there is as much as
 * may wait, and nobody knows whether the endpoint is there.
 */
export function createGiveRoom(deps: RoomDeps): () => boolean {
  const { endpoint, courier, lanes, paces, standing, metrics, cutting, now, log, limits, onSeen } = deps;
  let probedAt = Number.NEGATIVE_INFINITY;
  let probing = false;

  /** The answer to what no caller has said tells whether it is down, or takes others' events and not these. */
  async function probe(): Promise<void> {
    const time = now();
    const restsLong = paces.restsUntil() > time + limits.probeEveryMs;
    // What has failed since may have failed for itself: until that is known nothing of others is read.
    const asked = time - probedAt < limits.probeEveryMs && !paces.hasFailedSince(probedAt);
    if (probing || asked || restsLong || standing.disabled !== null || !deps.mayGoOn()) return;
    probedAt = time;
    probing = true;
    const { failure } = await courier.send(testLetter(endpoint, time), cutting);
    probing = false;
    if (failure !== null && !isOfEvent(failure)) return;
    paces.seen(now());
    onSeen();
  }

  const isRefused = (held: HeldEvent) =>
    (held.failure !== null && isOfEvent(held.failure)) || paces.isRefused(lanes.callerOf(held));

  return () => {
    const notTaken = (caller: string, underWay: number) =>
      paces.isFailing(caller) || (underWay > 0 && paces.isStalled(caller, now()));
    if (lanes.setAside(notTaken)) return true;
    if (!lanes.isFull()) return false;
    const { dead, gone } = lanes.giveWay(isRefused, Math.max(0, limits.deadLetters - standing.dead), now());
    if (dead + gone === 0) {
      void probe();
      return false;
    }
    standing.dead += dead;
    for (let given = 0; given < dead; given++) metrics.givenUp(endpoint.name);
    log.warn(
      { endpoint: endpoint.name, dead, gone },
      'too many events wait that a receiver does not take: the oldest are given up',
    );
    return true;
  };
}
