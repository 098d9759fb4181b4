import type { IncomingMessage, ServerResponse } from 'node:http';
import { COMMON_HEADERS } from './http-answer.js';
import { type AccessPolicy, originIsAllowed } from './origin.js';

const ALLOWED_METHODS = 'GET, POST';
/** What GraphQL clients send: their credentials, their name and version (client awareness), and the trace that they are part of. */
const ALLOWED_HEADERS = [
  'content-type',
  'authorization',
  'apollo-require-preflight',
  'x-apollo-operation-name',
  'apollographql-client-name',
  'apollographql-client-version',
  'graphql-client-name',
  'graphql-client-version',
  'traceparent',
  'tracestate',
  'baggage',
];
/** Two hours: browsers keep an answer no longer. */
const MAX_AGE_SECONDS = '7200';

/** Lets the pages of an allowed origin read the answer. Says whether the request is from one. */
export function setCorsHeaders(req: IncomingMessage, res: ServerResponse, access: AccessPolicy): boolean {
  if (access.allowedOrigins.length === 0) return false;
  res.setHeader('vary', 'origin');
  const { origin } = req.headers;
  if (origin === undefined || !originIsAllowed(origin, access)) return false;
  res.setHeader('access-control-allow-origin', origin);
  return true;
}

/** Whether a browser asks here if its page may send a request. */
export const isPreflight = (req: IncomingMessage) =>
  req.method === 'OPTIONS' && req.headers['access-control-request-method'] !== undefined;

/** Tells the browser what the pages of an allowed origin may send. */
export function sendPreflight(res: ServerResponse, { allowedHeaders }: AccessPolicy): void {
  res.writeHead(204, {
    ...COMMON_HEADERS,
    'access-control-allow-methods': ALLOWED_METHODS,
    'access-control-allow-headers': [...ALLOWED_HEADERS, ...allowedHeaders].join(', '),
    'access-control-max-age': MAX_AGE_SECONDS,
  });
  res.end();
}
