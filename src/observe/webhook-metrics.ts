import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { WebhookMetrics } from '../operate/webhooks/deliver.js';

const LABELS = ['endpoint'] as const;
/** Until a request has ended by its time limit. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20];

/** Endpoints are those of the configuration: few. */
export function createWebhookMetrics(registers: Registry[]): WebhookMetrics {
  const attempts = new Counter({
    name: 'parley_webhook_attempts_total',
    help: 'Attempts to send an event, by outcome.',
    labelNames: ['endpoint', 'outcome'] as const,
    registers,
  });
  const times = new Histogram({
    name: 'parley_webhook_attempt_duration_seconds',
    help: 'Time until an attempt was answered, or had failed.',
    labelNames: LABELS,
    buckets: SECONDS,
    registers,
  });
  const givenUp = new Counter({
    name: 'parley_webhook_given_up_total',
    help: 'Events that became dead letters.',
    labelNames: LABELS,
    registers,
  });
  const waiting = new Gauge({
    name: 'parley_webhook_waiting_events',
    help: 'Events that wait, of endpoints that this process sends to.',
    labelNames: LABELS,
    registers,
  });
  const dead = new Gauge({
    name: 'parley_webhook_dead_letters',
    help: 'Dead letters, of endpoints that this process sends to.',
    labelNames: LABELS,
    registers,
  });
  return {
    attempt(endpoint, outcome, seconds) {
      attempts.inc({ endpoint, outcome });
      times.observe({ endpoint }, seconds);
    },
    givenUp: (endpoint) => givenUp.inc({ endpoint }),
    sending(endpoint, state) {
      if (state) {
        waiting.set({ endpoint }, state.waiting);
        dead.set({ endpoint }, state.dead);
        return;
      }
      waiting.remove({ endpoint });
      dead.remove({ endpoint });
    },
  };
}
