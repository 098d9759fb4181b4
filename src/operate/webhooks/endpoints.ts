import { createHmac } from 'node:crypto';
import { isIP } from 'node:net';
import { checkFilter } from '../../domain/sessions/check-filter.js';
import type { SessionFilter } from '../../domain/sessions/session-store.js';
import { WEBHOOK_EVENTS, type WebhookEvent } from '../../domain/webhook-store.js';
import { loadListed, parseListed } from '../listed-file.js';
import { isText, MATCH_MEMBERS, parseMatch, refuseUnknownMembers } from '../session-match.js';
import { createTargets, type Targets } from './targets.js';

/** Where events are sent. Its address may hold a secret, and is shown nowhere whole. */
export interface WebhookEndpoint {
  readonly name: string;
  readonly url: URL;
  readonly types: ReadonlySet<WebhookEvent['type']>;
  /** The sessions whose events it is sent; null: all. */
  readonly match: SessionFilter | null;
  /** The value of `webhook-signature`. The secrets are in this function alone. */
  sign(id: string, timestamp: number, body: string): string;
}

export interface Webhooks {
  readonly endpoints: readonly WebhookEndpoint[];
  readonly targets: Targets;
}

type Env = Readonly<Record<string, string | undefined>>;

const MAX_ENDPOINTS = 20;
/** While one is replaced, two. */
const MAX_SECRETS = 5;
/** By the specification, in bytes. */
const SECRET_BYTES = { least: 24, most: 64 } as const;
const MEMBERS = ['name', 'url', 'secrets', 'types', ...MATCH_MEMBERS];

/** The endpoints of a file. ConfigError, which names the endpoint and what would be right, and no secret. */
export async function loadWebhooks(path: string, allowed: readonly string[], env: Env): Promise<Webhooks> {
  return loadListed({ variable: 'WEBHOOKS', path, content: 'endpoints' }, (text) => {
    const targets = createTargets(allowed);
    return { endpoints: parseEndpoints(text, targets, env), targets };
  });
}

/** Throws an Error with one sentence. */
export function parseEndpoints(text: string, targets: Targets, env: Env): WebhookEndpoint[] {
  const endpoints = parseListed(
    { text, listed: parseJson(text), most: MAX_ENDPOINTS },
    { one: 'endpoint', several: 'endpoints' },
    (given) => parseEndpoint(given, targets, env),
  );
  const twice = endpoints.find(({ name }, index) => endpoints.findIndex((one) => one.name === name) < index);
  if (twice) throw new Error(`two endpoints are called ${twice.name}`);
  return endpoints;
}

/** What Node says of wrong JSON repeats some of it, which may be a secret. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const [place] = /(?<=\()line \d+ column \d+(?=\))|at position \d+/.exec((error as Error).message) ?? [];
    throw new Error(`it is no JSON${place ? `, ${place}` : ''}`);
  }
}

function parseEndpoint(given: object, targets: Targets, env: Env): WebhookEndpoint {
  refuseUnknownMembers(given, MEMBERS, 'an endpoint');
  const { name, url, secrets, types, ...others } = given as Record<string, unknown>;
  if (!isText(name) || !/^[\w-]{1,64}$/.test(name)) {
    throw new Error('name takes 1 to 64 letters, digits, _ and -');
  }
  const match = parseMatch(others);
  checkFilter(match);
  return {
    name,
    url: parseUrl(url, targets),
    types: new Set(parseTypes(types)),
    match: Object.keys(match).length > 0 ? match : null,
    sign: signer(parseSecrets(secrets, env)),
  };
}

function parseUrl(given: unknown, targets: Targets): URL {
  const url = isText(given) && URL.canParse(given) ? new URL(given) : null;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new Error('url takes an address such as https://example.org/hooks');
  }
  if (url.username !== '' || url.password !== '') throw new Error('url takes no user name and password');
  const host = hostOf(url);
  // What a name leads to is looked at each time it is connected to.
  const refused = isIP(host)
    ? targets.refusal(host, host, url.protocol)
    : targets.plainRefusal(host, url.protocol);
  if (refused) throw new Error(`url: ${refused}; name it in WEBHOOK_ALLOW_PRIVATE if that is meant`);
  return url;
}

/** An IPv6 address without its brackets. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, '$1');

function parseTypes(given: unknown): readonly WebhookEvent['type'][] {
  if (given === undefined) return WEBHOOK_EVENTS;
  const known: readonly unknown[] = WEBHOOK_EVENTS;
  if (!Array.isArray(given) || given.length === 0 || !given.every((type) => known.includes(type))) {
    throw new Error(`types takes some of ${WEBHOOK_EVENTS.join(', ')}`);
  }
  // Where something could not be told one by one, this says so.
  return [...given, 'conversation.resync'];
}

function parseSecrets(given: unknown, env: Env): Buffer[] {
  if (!Array.isArray(given) || given.length === 0 || given.length > MAX_SECRETS) {
    throw new Error(
      `secrets takes a list of 1 to ${MAX_SECRETS}: each whsec_…, or {"env": "NAME"} for one in a variable`,
    );
  }
  return given.map((one, index) => {
    const variable = (one as { env?: unknown } | null)?.env;
    const text = isText(variable) ? env[variable] : one;
    if (isText(variable) && !text)
      throw new Error(`secret ${index + 1}: the variable ${variable} is not set`);
    const encoded = isText(text) ? /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text.trim())?.[1] : undefined;
    const secret = Buffer.from(encoded ?? '', 'base64');
    if (secret.length >= SECRET_BYTES.least && secret.length <= SECRET_BYTES.most) return secret;
    throw new Error(
      `secret ${index + 1} is not whsec_ and ${SECRET_BYTES.least} to ${SECRET_BYTES.most} bytes as base64`,
    );
  });
}

/** By https://github.com/standard-webhooks/standard-webhooks, spec 1.0.0: a signature for each secret, the receiver needs one. */
const signer = (secrets: readonly Buffer[]) => (id: string, timestamp: number, body: string) =>
  secrets
    .map((secret) => createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64'))
    .map((signature) => `v1,${signature}`)
    .join(' ');
