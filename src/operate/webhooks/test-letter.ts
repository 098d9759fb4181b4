import { randomUUID } from 'node:crypto';
import type { Letter } from './courier.js';
import type { WebhookEndpoint } from './endpoints.js';
import { headersOf } from './request-headers.js';

/** Signed as every other, and tells of nothing. */
export function testLetter(endpoint: WebhookEndpoint, now: number): Letter {
  const body = JSON.stringify({ type: 'webhook.test', timestamp: new Date(now).toISOString(), data: {} });
  return { url: endpoint.url, headers: headersOf(endpoint, `msg_test_${randomUUID()}`, body, now), body };
}
