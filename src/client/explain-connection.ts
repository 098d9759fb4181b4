import type { ErrorCode } from '../domain/errors.js';

/** Why no subscription can be opened at an address. */
export interface Unreachable {
  code: ErrorCode;
  reason: string;
  /** Whether trying again would not help. */
  final: boolean;
}

const TIMEOUT_MS = 5_000;

/** Asks at the address by HTTP, which says more than a WebSocket that does not open. Null where `signal` aborts. */
export async function explainConnection(
  url: string,
  authorization: string | null,
  signal: AbortSignal,
): Promise<Unreachable | null> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(authorization === null ? {} : { authorization }) },
      body: JSON.stringify({ query: '{ __typename }' }),
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    return explainAnswer(response.status, await response.text(), response.headers.get('location'), url);
  } catch (error) {
    return signal.aborted ? null : explainFailure(error as Error, new URL(url));
  }
}

function explainAnswer(status: number, body: string, location: string | null, url: string): Unreachable {
  const { path, said, root } = { path: new URL(url).pathname, ...readAnswer(body) };
  const because = said === null ? '' : `: ${said}`;
  if (status === 404) return wrong(`there is no GraphQL at ${path} (404${because})`);
  if (status === 401 || status === 403) {
    const code = status === 401 ? 'UNAUTHENTICATED' : 'FORBIDDEN';
    return { code, reason: `the server refuses (${status}${because})`, final: true };
  }
  if (status >= 500 || status === 429) return passing(`the server answers ${status}${because}`);
  if (location !== null) return wrong(`it says that the address is ${location} (${status})`);
  if (root) {
    return passing(
      'it answers over HTTP, but lets no WebSocket through; what stands between must pass on the Upgrade header',
    );
  }
  return wrong(`what answers there is no GraphQL server (${status}${because})`);
}

const passing = (reason: string): Unreachable => ({ code: 'LIVE_UNAVAILABLE', reason, final: false });
/** The address is not that of a server. */
const wrong = (reason: string): Unreachable => ({ code: 'BAD_USER_INPUT', reason, final: true });

/** What an answer says, where it is one of GraphQL. */
function readAnswer(body: string): { said: string | null; root: boolean } {
  try {
    const { data, errors } = JSON.parse(body) as {
      data?: { __typename?: unknown };
      errors?: { message?: unknown }[];
    };
    const message = errors?.[0]?.message;
    return { said: typeof message === 'string' ? message : null, root: data?.__typename === 'Query' };
  } catch {
    return { said: null, root: false };
  }
}

/** Why `fetch` has failed. */
export function explainFailure(error: Error, { host, hostname }: URL): Unreachable {
  const { code = '', message = error.message } = (error.cause ?? {}) as { code?: string; message?: string };
  if (error.name === 'TimeoutError' || /TIMEOUT|TIMEDOUT/.test(code))
    return passing(`nothing answers at ${host}`);
  if (code === 'ECONNREFUSED') return passing(`nothing listens at ${host} (connection refused)`);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return passing(`the name ${hostname} is not known (${code})`);
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'EPROTO')
    return wrong(`${host} does not speak TLS; the address may have to begin with http://`);
  if (/CERT|ISSUER|LEAF|SELF_SIGNED/.test(code)) {
    return wrong(
      `its TLS certificate is not trusted (${message}); NODE_EXTRA_CA_CERTS can name a file with its authority`,
    );
  }
  return passing(code === '' ? message : `${message} (${code})`);
}
