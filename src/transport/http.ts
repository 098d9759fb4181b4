import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { Logger } from 'pino';
import { attempt, type Later } from '../domain/async/later.js';
import { ParleyError } from '../domain/errors.js';
import { countWaitingRequests } from './bounds/waiting-requests.js';
import type { ConsoleFiles } from './console-files.js';
import { refuse, refuseMethod, sendError, sendJson } from './http-answer.js';
import { sendConsole } from './http-console.js';
import { isPreflight, sendPreflight, setCorsHeaders } from './http-cors.js';
import { answerGraphQL, type GraphQLOptions } from './http-graphql.js';
import { METRICS_PATH, type MetricsText, sendMetrics } from './http-metrics.js';
import { ClientGone, refusalOf } from './http-refusal.js';
import type { HttpTurns } from './http-turns.js';
import { nothingThere } from './http-words.js';
import { type AccessPolicy, refuseAccess } from './origin.js';
import { splitTarget } from './target.js';

export { onClientError } from './client-error.js';

const INTERNAL_ERROR = { status: 500, code: 'INTERNAL_SERVER_ERROR', message: 'Internal server error.' };

export interface HttpHandlerOptions extends GraphQLOptions {
  access: AccessPolicy;
  turns: Pick<HttpTurns, 'inTurn'>;
  /** What `/health` says: the process runs. */
  health(): object;
  /** What `/ready` says to who asks: 200 or 503. */
  readiness(req: IncomingMessage): Promise<{ ready: boolean } & object>;
  /** What `/metrics` says to who asks; null: it is not served here. Rejects with UNAUTHENTICATED or FORBIDDEN. */
  metrics: ((req: IncomingMessage) => Promise<MetricsText>) | null;
  /** The console's files; null: it is not served. They hold no conversations, and ask for no credential. */
  console: ConsoleFiles | null;
  /** Told the code of each request that is refused before it becomes an operation. */
  refused(code: string, req: IncomingMessage): void;
  log: Logger;
}

/** Serves GraphQL over HTTP at `path`, and the console, `/health`, `/ready` and `/metrics` beside it. It never throws, whatever is sent. */
export function createHttpHandler(
  options: HttpHandlerOptions,
): (req: IncomingMessage, res: ServerResponse) => void {
  const waits = countWaitingRequests(options.bodies.arriving, options.answers.cutOff);
  return options.turns.inTurn((req, res) => {
    const ended = options.connections.busy(req.socket);
    // An answer to a client that left is lost: nothing to do, and no reason to end the process.
    res.on('error', nobody);
    if (req.socket instanceof TLSSocket) res.setHeader('strict-transport-security', 'max-age=31536000');
    void attempt(
      () => answer(req, res, options),
      (error) => fail(req, res, error, options),
    );
    return ended;
  }, waits);
}

const nobody = () => {};

function answer(req: IncomingMessage, res: ServerResponse, options: HttpHandlerOptions): Later<void> {
  const { path, search } = splitTarget(req.url);
  const { metrics } = options;
  const probe = path === '/health' || path === '/ready' || (metrics !== null && path === METRICS_PATH);
  const reason = refuseAccess(req.headers, options.access, { probe });
  if (reason !== null) throw new ParleyError('FORBIDDEN', reason);
  const fromAllowedPage = setCorsHeaders(req, res, options.access);
  if (path === options.path) {
    if (fromAllowedPage && isPreflight(req)) return sendPreflight(res, options.access);
    return answerGraphQL(req, res, search, options);
  }
  const page = options.console?.get(path);
  if (page) return sendConsole(req, res, path, page, options.answers);
  if (!probe) return nothingThere(req, res, path, options.path);
  if (req.method !== 'GET' && req.method !== 'HEAD') return refuseMethod(req, res, path, 'GET, HEAD');
  if (metrics && path === METRICS_PATH) return metrics(req).then((text) => sendMetrics(res, text));
  if (path === '/health') return sendJson(res, 200, options.health());
  return options.readiness(req).then((readiness) => sendJson(res, readiness.ready ? 200 : 503, readiness));
}

/** Answers what cannot be executed. Everything that is not the caller's doing is logged and hidden. */
function fail(
  req: IncomingMessage,
  res: ServerResponse,
  error: unknown,
  { refused, log }: HttpHandlerOptions,
): void {
  if (clientLeft(error)) return;
  try {
    const refusal = refusalOf(error);
    refused(refusal?.code ?? INTERNAL_ERROR.code, req);
    if (refusal) refuse(req, res, refusal, refusal.headers);
    else hide(req, res, error, log);
  } catch {
    res.destroy();
  }
}

function hide(req: IncomingMessage, res: ServerResponse, error: unknown, log: Logger): void {
  const correlationId = randomUUID();
  log.error({ err: error, correlationId }, 'a request could not be answered');
  // Half an answer cannot be taken back: a cut connection says that it is not whole.
  if (res.headersSent) res.destroy();
  else sendError(req, res, { ...INTERNAL_ERROR, extensions: { correlationId } });
}

const clientLeft = (error: unknown) =>
  error instanceof ClientGone || (error as { code?: unknown } | null)?.code === 'ERR_STREAM_PREMATURE_CLOSE';
