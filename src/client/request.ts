import { backoff, pause } from '../domain/async/pause.js';
import { badInput, type ErrorCode, ParleyError } from '../domain/errors.js';
import type { JsonObject } from '../domain/json/json-value.js';
import { answerError, sentErrors } from './answer-error.js';
import type { Credential } from './credential.js';
import { explainFailure } from './explain-connection.js';

export interface HttpTarget {
  /** The GraphQL endpoint, http or https. */
  url: string;
  credential: Credential;
  /** For each attempt, in milliseconds. */
  timeout: number;
  /** Attempts after the first. */
  retries: number;
}

export interface HttpRequest {
  query: string;
  variables: JsonObject;
  /** Whether it may be sent again although the server may have carried it out. */
  repeatable: boolean;
}

/** The failures that pass; the operation has not been carried out, or may be repeated. */
const PASSING = new Set(['STORE_UNAVAILABLE', 'LIVE_UNAVAILABLE', 'TIMEOUT', 'RATE_LIMITED']);
const MOST_BETWEEN_MS = 10_000;
/** Who is asked to wait longer is told so, and may decide. */
const MOST_ASKED_MS = 60_000;

/**
 * Sends one operation and gives its `data`. Tries again what is repeatable, or was not taken: after a growing pause, or the one that
 * the server asks for, where that is no longer than a minute. An answer with errors is a ParleyError, also where it has data beside
 * them; so is none at all: TIMEOUT, or STORE_UNAVAILABLE where no connection can be had.
 */
export async function send(
  target: HttpTarget,
  request: HttpRequest,
  signal: AbortSignal,
): Promise<JsonObject> {
  let renewed = false;
  let failures = 0;
  const body = bodyOf(request);
  for (;;) {
    signal.throwIfAborted();
    const shown = await target.credential.current();
    const outcome = await attemptOnce(target, body, shown, signal);
    if ('data' in outcome) return outcome.data;
    const { error, taken } = outcome;
    signal.throwIfAborted();
    if (error.code === 'UNAUTHENTICATED' && !renewed && target.credential.refused(shown)) {
      renewed = true;
      continue;
    }
    const asked = Number(error.details.retryAfter) * 1_000;
    const again = PASSING.has(error.code) && (request.repeatable || !taken) && !(asked > MOST_ASKED_MS);
    if (!again || failures === target.retries) throw error;
    await pause(asked > 0 ? asked : backoff(failures, MOST_BETWEEN_MS, Math.random), signal);
    failures++;
  }
}

function bodyOf({ query, variables }: HttpRequest): string {
  try {
    return JSON.stringify({ query, variables });
  } catch (error) {
    throw badInput(`The variables cannot be sent as JSON: ${(error as Error).message}.`);
  }
}

/** `taken`: the server may have carried it out. */
type Outcome = { data: JsonObject } | { error: ParleyError; taken: boolean };

async function attemptOnce(
  { url, timeout }: HttpTarget,
  body: string,
  authorization: string | null,
  signal: AbortSignal,
): Promise<Outcome> {
  const headers = {
    'content-type': 'application/json',
    accept: 'application/graphql-response+json, application/json;q=0.9',
    ...(authorization === null ? {} : { authorization }),
  };
  const over = AbortSignal.timeout(timeout);
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body,
      redirect: 'manual',
      signal: AbortSignal.any([signal, over]),
    });
    return readAnswer(response, await response.text());
  } catch (error) {
    if (over.aborted) {
      const message = `The server at ${url} has not answered within ${timeout} ms.`;
      return { error: new ParleyError('TIMEOUT', message, { cause: error }), taken: true };
    }
    const { code = '' } = ((error as Error).cause ?? {}) as { code?: string };
    const { final, reason } = explainFailure(error as Error, new URL(url));
    const said = `There is no answer from ${url}: ${reason}.`;
    const failure = new ParleyError(final ? 'BAD_USER_INPUT' : 'STORE_UNAVAILABLE', said, { cause: error });
    return { error: failure, taken: !UNSENT.has(code) };
  }
}

/** Node's codes of a connection that never came to be. */
const UNSENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']);

function readAnswer(response: Response, body: string): Outcome {
  const { data, errors } = readJson(body);
  const sent = sentErrors(errors);
  // What is refused with a status of its own was not carried out.
  if (sent) return { error: withRetryAfter(answerError(sent), response), taken: response.ok };
  if (data && typeof data === 'object') return { data };
  // What stands between says it by the status alone.
  const { status } = response;
  const refusal = REFUSALS.get(status);
  const location = response.headers.get('location');
  const more = location === null ? '' : `, which says that the address is ${location}`;
  const message = `${response.url} has not answered as a GraphQL server does (status ${status}${more}).`;
  const error = new ParleyError(refusal ?? (status >= 500 ? 'STORE_UNAVAILABLE' : 'BAD_USER_INPUT'), message);
  return { error: withRetryAfter(error, response), taken: refusal === undefined };
}

/** Statuses with which nothing was carried out. */
const REFUSALS: ReadonlyMap<number, ErrorCode> = new Map([
  [401, 'UNAUTHENTICATED'],
  [403, 'FORBIDDEN'],
  [413, 'PAYLOAD_TOO_LARGE'],
  [429, 'RATE_LIMITED'],
]);

/** A gateway says how long to wait in the header alone: in seconds, or until when. */
function withRetryAfter(error: ParleyError, response: Response): ParleyError {
  const asked = response.headers.get('retry-after') ?? '';
  const seconds = /^\d+$/.test(asked) ? Number(asked) : Math.ceil((Date.parse(asked) - Date.now()) / 1_000);
  if (!(seconds > 0) || error.details.retryAfter !== undefined) return error;
  const { code, message, details, cause } = error;
  return new ParleyError(code, message, { cause, details: { ...details, retryAfter: seconds } });
}

function readJson(body: string): { data?: JsonObject; errors?: unknown } {
  try {
    return (JSON.parse(body) ?? {}) as { data?: JsonObject; errors?: unknown };
  } catch {
    return {};
  }
}
