import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { TLSSocket } from 'node:tls';
import { type ApolloServer, HeaderMap, type HTTPGraphQLResponse } from '@apollo/server';
import type { Logger } from 'pino';
import type { RequestContext } from '../graphql/context.js';
import type { Trust } from '../graphql/trusted-documents.js';
import { COMMON_HEADERS, refuse, send, sendError, sendJson } from './http-answer.js';
import { readJsonObject } from './http-body.js';
import { isPreflight, sendPreflight, setCorsHeaders } from './http-cors.js';
import { ClientGone, refusalOf } from './http-refusal.js';
import { inTurn } from './http-turns.js';
import { type AccessPolicy, refuseAccess } from './origin.js';
import { quoted } from './quoted.js';
import { splitTarget } from './target.js';

export { onClientError } from './client-error.js';

const INTERNAL_ERROR = { status: 500, code: 'INTERNAL_SERVER_ERROR', message: 'Internal server error.' };

export interface HttpHandlerOptions {
  apollo: ApolloServer<RequestContext>;
  /** A context for one request, by who sends it. Rejects with UNAUTHENTICATED or RATE_LIMITED. */
  contextOf(req: IncomingMessage): Promise<RequestContext>;
  /** Where GraphQL is served: `/graphql`. */
  path: string;
  maxBodyBytes: number;
  /** Lets the known operations pass alone; null: any. */
  trust: Trust | null;
  access: AccessPolicy;
  /** What `/health` says: the process runs. */
  health(): object;
  /** What `/ready` says to who asks: 200 or 503. */
  readiness(req: IncomingMessage): Promise<{ ready: boolean } & object>;
  log: Logger;
}

/** Serves GraphQL over HTTP at `path`, and `/health` and `/ready` beside it. It never throws, whatever is sent. */
export function createHttpHandler(
  options: HttpHandlerOptions,
): (req: IncomingMessage, res: ServerResponse) => void {
  return inTurn((req, res) => {
    // An answer to a client that left is lost: nothing to do, and no reason to end the process.
    res.on('error', () => {});
    if (req.socket instanceof TLSSocket) res.setHeader('strict-transport-security', 'max-age=31536000');
    answer(req, res, options).catch((error: unknown) => fail(req, res, error, options.log));
  });
}

async function answer(req: IncomingMessage, res: ServerResponse, options: HttpHandlerOptions): Promise<void> {
  const reason = refuseAccess(req.headers, options.access);
  if (reason !== null) return refuse(req, res, { status: 403, code: 'FORBIDDEN', message: reason });
  const fromAllowedPage = setCorsHeaders(req, res, options.access);
  const { path, search } = splitTarget(req.url);
  if (path === options.path) {
    if (fromAllowedPage && isPreflight(req)) return sendPreflight(res);
    return answerGraphQL(req, res, search, options);
  }
  if (path !== '/health' && path !== '/ready') {
    const message = `There is nothing at ${quoted(path)}. GraphQL is at ${options.path}.`;
    return refuse(req, res, { status: 404, code: 'BAD_REQUEST', message });
  }
  if (req.method !== 'GET' && req.method !== 'HEAD') return refuseMethod(req, res, path, 'GET, HEAD');
  if (path === '/health') return sendJson(res, 200, options.health());
  const readiness = await options.readiness(req);
  sendJson(res, readiness.ready ? 200 : 503, readiness);
}

async function answerGraphQL(
  req: IncomingMessage,
  res: ServerResponse,
  search: string,
  { apollo, contextOf, path, maxBodyBytes, trust }: HttpHandlerOptions,
): Promise<void> {
  const { method } = req;
  if (method !== 'POST' && method !== 'GET') return refuseMethod(req, res, path, 'GET, POST');
  const context = await contextOf(req);
  const body = method === 'POST' ? await readJsonObject(req, maxBodyBytes) : undefined;
  // A GET has its operation in the address; what is trusted is put in its place.
  const trusted = trust?.(body ?? Object.fromEntries(new URLSearchParams(search)));
  const asked =
    trusted === undefined
      ? { search, body }
      : body
        ? { search, body: trusted }
        : { search: `?${new URLSearchParams(trusted as Record<string, string>)}`, body: undefined };
  const response = await apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest: { method, headers: headerMap(req), ...asked },
    context: async () => context,
  });
  await sendResponse(res, response);
}

async function sendResponse(res: ServerResponse, response: HTTPGraphQLResponse): Promise<void> {
  const { status = 200, headers, body } = response;
  const sent = Object.fromEntries(headers);
  if (body.kind === 'complete') return send(res, status, sent, body.string);
  res.writeHead(status, { ...COMMON_HEADERS, ...sent });
  await pipeline(body.asyncIterator, res);
}

/** Answers what cannot be executed. Everything that is not the caller's doing is logged and hidden. */
function fail(req: IncomingMessage, res: ServerResponse, error: unknown, log: Logger): void {
  if (clientLeft(error)) return;
  try {
    const refusal = refusalOf(error);
    if (refusal) refuse(req, res, refusal, refusal.headers);
    else hide(res, error, log);
  } catch {
    res.destroy();
  }
}

function hide(res: ServerResponse, error: unknown, log: Logger): void {
  const correlationId = randomUUID();
  log.error({ err: error, correlationId }, 'a request could not be answered');
  // Half an answer cannot be taken back: a cut connection says that it is not whole.
  if (res.headersSent) res.destroy();
  else sendError(res, { ...INTERNAL_ERROR, extensions: { correlationId } });
}

const clientLeft = (error: unknown) =>
  error instanceof ClientGone || (error as { code?: unknown } | null)?.code === 'ERR_STREAM_PREMATURE_CLOSE';

function refuseMethod(req: IncomingMessage, res: ServerResponse, path: string, allow: string): void {
  const message = `${req.method} is not understood at ${path}. Send one of: ${allow}.`;
  refuse(req, res, { status: 405, code: 'BAD_REQUEST', message }, { allow });
}

function headerMap(req: IncomingMessage): HeaderMap {
  const map = new HeaderMap();
  for (const [name, value] of Object.entries(req.headers)) {
    if (value !== undefined) map.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return map;
}
