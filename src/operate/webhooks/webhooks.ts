import { randomUUID } from 'node:crypto';
import type { Leases } from '../../domain/leases.js';
import { type Courier, createCourier } from './courier.js';
import type { WebhookEndpoint, Webhooks } from './endpoints.js';
import { holdLease } from './hold-lease.js';
import { LEASE_TIMES, REQUEST_MS, SENDER_LIMITS, TAKE_EVERY_MS } from './limits.js';
import { type SenderDeps, sendTo } from './sender.js';

export type WebhooksDeps = Omit<SenderDeps, 'courier' | 'limits'> & {
  leases: Leases;
  elapsed: () => number;
};

/** Sends what happens to the endpoints, each in whichever process of the database holds its lease. */
export function startWebhooks(
  { endpoints, targets }: Webhooks,
  deps: WebhooksDeps,
): { stop(): Promise<void> } {
  const { leases, follow, pause, elapsed, now, log } = deps;
  const stopping = new AbortController();

  async function once(endpoint: WebhookEndpoint, courier: Courier): Promise<void> {
    // Without a feed there is nothing to send: another process may have one.
    follow.hub.position();
    const holder = randomUUID();
    const name = `webhook ${endpoint.name}`;
    const lease = await holdLease({ leases, name, holder, times: LEASE_TIMES, pause, elapsed });
    if (!lease) return;
    try {
      const tenure = { holder, lease, stopping: stopping.signal };
      await sendTo(endpoint, tenure, { ...deps, courier, limits: SENDER_LIMITS });
    } finally {
      await lease.release();
    }
  }

  async function run(endpoint: WebhookEndpoint): Promise<void> {
    const courier = createCourier({ targets, timeoutMs: REQUEST_MS, now });
    let said = '';
    while (!stopping.signal.aborted) {
      try {
        await once(endpoint, courier);
        said = '';
      } catch (error) {
        const { message } = error as Error;
        if (message !== said)
          log.warn(
            { err: error, endpoint: endpoint.name },
            'a webhook is not sent just now; it is tried again',
          );
        said = message;
      }
      await pause(TAKE_EVERY_MS, stopping.signal);
    }
    courier.close();
  }

  const running = endpoints.map(run);
  return {
    async stop() {
      stopping.abort();
      await Promise.all(running);
    },
  };
}
