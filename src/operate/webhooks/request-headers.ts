import { packageVersion } from '../../version.js';
import type { WebhookEndpoint } from './endpoints.js';

const USER_AGENT = `parley/${packageVersion()}`;

/** Of one attempt, by the specification. `now` in ms. */
export function headersOf({ sign }: Pick<WebhookEndpoint, 'sign'>, id: string, body: string, now: number) {
  const timestamp = Math.floor(now / 1_000);
  return {
    'content-type': 'application/json',
    'user-agent': USER_AGENT,
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': sign(id, timestamp, body),
  };
}
