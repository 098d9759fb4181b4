import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { refuse, refuseMethod, send, sendError } from './http-answer.js';
import { type AccessPolicy, refuseAccess } from './origin.js';
import { splitTarget } from './target.js';

export const METRICS_PATH = '/metrics';

/** In a form that scrapers read. */
export interface MetricsText {
  contentType: string;
  text: string;
}

export const sendMetrics = (res: ServerResponse, { contentType, text }: MetricsText): void =>
  send(res, 200, { 'content-type': contentType }, text);

export interface MetricsListenerOptions {
  show(accept: string | undefined): Promise<MetricsText>;
  access: AccessPolicy;
  /** Told the code of each request that is refused. */
  refused(code: string, req: IncomingMessage): void;
  log: Logger;
}

/** Serves `/metrics` and nothing else, to whoever reaches it: for an address of its own. */
export function createMetricsListener({ show, access, refused, log }: MetricsListenerOptions): Server {
  return createServer({ requestTimeout: 10_000, headersTimeout: 5_000 }, (req, res) => {
    res.on('error', () => {});
    const { path } = splitTarget(req.url);
    const reason = refuseAccess(req.headers, access, { probe: true });
    if (reason !== null) {
      refused('FORBIDDEN', req);
      return refuse(req, res, { status: 403, code: 'FORBIDDEN', message: reason });
    }
    if (path !== METRICS_PATH) {
      const message = `There is nothing at this path. The metrics are at ${METRICS_PATH}.`;
      return refuse(req, res, { status: 404, code: 'BAD_REQUEST', message });
    }
    if (req.method !== 'GET' && req.method !== 'HEAD') return refuseMethod(req, res, path, 'GET, HEAD');
    show(req.headers.accept).then(
      (shown) => sendMetrics(res, shown),
      (error: unknown) => {
        log.error({ err: error }, 'the metrics could not be shown');
        sendError(req, res, {
          status: 500,
          code: 'INTERNAL_SERVER_ERROR',
          message: 'The metrics could not be shown.',
        });
      },
    );
  });
}
