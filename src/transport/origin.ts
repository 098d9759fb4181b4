import { createLru } from '../domain/lru.js';
import { oncePerObject } from '../domain/once-per-object.js';
import { quoted } from './quoted.js';

/** Who may reach the server, by what a browser says of a request. */
export interface AccessPolicy {
  /** Bound to a loopback address, where only this machine's own programs may call. */
  loopback: boolean;
  /** Names that the server answers to beside loopback ones, without a port. On another address than loopback none means any. */
  allowedHosts: readonly string[];
  /** Origins of pages that may call, such as `https://app.example.org`. */
  allowedOrigins: readonly string[];
  /** Headers that they may send beside those of GraphQL clients. */
  allowedHeaders: readonly string[];
}

/** The two headers that are judged. Node's own header object fits. */
export interface AccessHeaders {
  host?: string | undefined;
  origin?: string | undefined;
}

/** A name or address and perhaps a port. Anything else could make the URL parser see another host. */
const AUTHORITY = /^(?:\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{0,5})?$/i;

/**
 * Why a request must be refused, in one sentence that says what would be right; null where it may pass. On loopback
 * the `Host` is checked too: a foreign page whose name was pointed at 127.0.0.1 (DNS rebinding) still sends that name; and
 * elsewhere where there is a list of names. Probes call such a server by its address.
 */
export function refuseAccess(
  headers: AccessHeaders,
  policy: AccessPolicy,
  { probe = false }: { probe?: boolean } = {},
): string | null {
  const { host, origin } = headers;
  const { loopback, allowedHosts } = policy;
  const checked = loopback || (allowedHosts.length > 0 && !probe);
  if (checked && !hostMayPass(host, allowedHosts)) {
    if (!host)
      return 'The Host header is missing: send the name that the server is called by, such as localhost.';
    return loopback
      ? `The Host ${quoted(host)} is not a loopback name: call localhost or 127.0.0.1, or add it to ALLOWED_HOSTS.`
      : `The Host ${quoted(host)} is not a name that this server answers to: add it to ALLOWED_HOSTS.`;
  }
  if (origin === undefined || originIsAllowed(origin, policy) || isSameOrigin(origin, host)) return null;
  return `The Origin ${quoted(origin)} may not call this server: add it to ALLOWED_ORIGINS to let its pages in.`;
}

/**
 * Why a GET that runs an operation must be refused, or null. A foreign page can have a browser send one unasked, as an image
 * or a link, without an `Origin`: it reads nothing of the answer, but could load the server, or learn from how long it
 * takes. Browsers say of such a request where it comes from (Fetch Metadata); with an `Origin` that has judged.
 */
export function refuseForeignPage(headers: {
  origin?: string | undefined;
  'sec-fetch-site'?: string | string[] | undefined;
}): string | null {
  const site = headers['sec-fetch-site'];
  const foreign = site !== undefined && site !== 'same-origin' && site !== 'none';
  return foreign && headers.origin === undefined
    ? 'A page of another site has sent this GET. Open the address by itself, or POST the operation as application/json.'
    : null;
}

/** Whether pages of this origin were let in by the configuration: only they are told so by CORS headers. */
export function originIsAllowed(origin: string, policy: Pick<AccessPolicy, 'allowedOrigins'>): boolean {
  if (policy.allowedOrigins.length === 0) return false;
  const parsed = parseOrigin(origin);
  return (
    parsed !== null && policy.allowedOrigins.some((allowed) => parseOrigin(allowed)?.origin === parsed.origin)
  );
}

/** Host headers that passed last, for each list of names: most clients send one of a few. */
const REMEMBERED = 100;
const passed = oncePerObject((_allowedHosts: readonly string[]) => createLru<string, true>(REMEMBERED));

function hostMayPass(host: string | undefined, allowedHosts: readonly string[]): boolean {
  const known = passed(allowedHosts);
  if (host !== undefined && known.get(host)) return true;
  const mayPass = isAllowedHost(host, allowedHosts);
  if (mayPass && host !== undefined) known.set(host, true);
  return mayPass;
}

function isAllowedHost(host: string | undefined, allowedHosts: readonly string[]): boolean {
  const name = host === undefined ? undefined : parseAuthority('http:', host)?.hostname;
  if (!name) return false;
  return (
    isLoopbackName(name) || allowedHosts.some((allowed) => withoutBrackets(allowed) === withoutBrackets(name))
  );
}

/** Expects a parsed hostname, so that `127.1` and `0x7f000001` are already `127.0.0.1`. */
const isLoopbackName = (name: string) =>
  name === 'localhost' || name === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(name);

function isSameOrigin(origin: string, host: string | undefined): boolean {
  const page = parseOrigin(origin);
  // The scheme is the page's: behind a gateway that ends TLS, https is not seen here.
  return page !== null && host !== undefined && parseAuthority(page.protocol, host)?.host === page.host;
}

/** An origin as browsers write it; null for `null`, for another scheme and for anything with a path. */
function parseOrigin(text: string): URL | null {
  const [, scheme, authority] = /^(https?):\/\/([^/]+)$/i.exec(text) ?? [];
  return scheme && authority ? parseAuthority(`${scheme.toLowerCase()}:`, authority) : null;
}

function parseAuthority(protocol: string, authority: string): URL | null {
  if (!AUTHORITY.test(authority)) return null;
  try {
    return new URL(`${protocol}//${authority}`);
  } catch {
    return null;
  }
}

const withoutBrackets = (name: string) => name.toLowerCase().replace(/^\[(.*)\]$/, '$1');
