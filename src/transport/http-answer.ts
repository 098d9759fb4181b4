import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { errorType } from './accept.js';
import type { Refusal } from './http-refusal.js';
import { type AnswerBody, bytesOf, endAnswer, type Pace } from './paced-answer.js';

/** An unread body up to this size is read away by node, and the connection stays usable. */
const SMALL_BODY_BYTES = 64 * 1024;
/** How much and how long is read, at most, from a client that has its answer and is still sending. */
const DRAIN_BYTES = 64 * 1024 * 1024;
const DRAIN_MS = 10_000;

/** On every answer. Conversations are nobody's to keep, unless an answer says otherwise; and no answer is a page. */
export const COMMON_HEADERS = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
} as const;
const JSON_HEADERS = { 'content-type': 'application/json; charset=utf-8' } as const;

/** Sends a whole answer, with `COMMON_HEADERS` where it is given no others of these names. Its length is named, so that a client knows when it has all of it. */
export function send(
  res: ServerResponse,
  status: number,
  headers: OutgoingHttpHeaders,
  body: AnswerBody,
  pace?: Pace,
): void {
  const bytes = bytesOf(body);
  res.writeHead(status, { ...COMMON_HEADERS, ...headers, 'content-length': bytes });
  endAnswer(res, body, bytes, pace);
}

/** The same of an answer that many requests get the like of, and with these headers alone: names and values in turns, put together once. */
export function sendListed(
  res: ServerResponse,
  status: number,
  headers: readonly string[],
  body: AnswerBody,
  pace: Pace,
): void {
  const bytes = bytesOf(body);
  res.writeHead(status, [...headers, 'content-length', bytes]);
  endAnswer(res, body, bytes, pace);
}

/** Sends a value as JSON. */
export function sendJson(res: ServerResponse, status: number, value: object): void {
  send(res, status, JSON_HEADERS, JSON.stringify(value));
}

/** Sends one error in the shape of a GraphQL answer, as the client takes it. `extensions` go beside its code. */
export function sendError(
  req: IncomingMessage,
  res: ServerResponse,
  error: { status: number; code: string; message: string; extensions?: Record<string, string> },
): void {
  const { status, code, message, extensions } = error;
  const body = JSON.stringify({ errors: [{ message, extensions: { code, ...extensions } }] });
  send(res, status, typeOfError(req), body);
}

const typeOfError = ({ headers }: IncomingMessage) => ({
  'content-type': `${errorType(headers.accept)}; charset=utf-8`,
});

/** Answers a method that there is not; `allow` lists those that there are. */
export function refuseMethod(req: IncomingMessage, res: ServerResponse, path: string, allow: string): void {
  const message = `${req.method} is not understood at ${path}. Send one of: ${allow}.`;
  refuse(req, res, { status: 405, code: 'BAD_REQUEST', message }, { allow });
}

/**
 * Answers a request whose body was not read, or not to its end. A connection that is closed while its client sends
 * is reset, and a reset takes the answer away unread: the rest is read and dropped first, within bounds.
 */
export function refuse(
  req: IncomingMessage,
  res: ServerResponse,
  { status, code, message }: Refusal,
  headers: OutgoingHttpHeaders = {},
): void {
  const body = JSON.stringify({ errors: [{ message, extensions: { code } }] });
  const type = typeOfError(req);
  const { 'content-length': announced = '0', 'transfer-encoding': transfer } = req.headers;
  if (req.readableEnded || (transfer === undefined && Number(announced) <= SMALL_BODY_BYTES)) {
    send(res, status, { ...type, ...headers }, body);
    return;
  }
  res.writeHead(status, {
    ...COMMON_HEADERS,
    ...type,
    ...headers,
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  });
  // Not ended yet: the end would close the connection.
  res.write(body);
  drain(req, () => res.end());
}

function drain(req: IncomingMessage, whenDrained: () => void): void {
  const timer = setTimeout(() => req.destroy(), DRAIN_MS).unref();
  let drained = 0;
  req.on('data', (chunk: Buffer) => {
    drained += chunk.length;
    if (drained > DRAIN_BYTES) req.destroy();
  });
  req.on('end', whenDrained);
  req.on('error', () => {});
  req.on('close', () => clearTimeout(timer));
  req.resume();
}
