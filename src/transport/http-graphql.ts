import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { type ApolloServer, HeaderMap, type HTTPGraphQLResponse } from '@apollo/server';
import { ParleyError } from '../domain/errors.js';
import type { RequestContext } from '../graphql/context.js';
import type { Trust } from '../graphql/trusted-documents.js';
import { EVENT_STREAM, PLAIN_JSON, readAccept } from './accept.js';
import { COMMON_HEADERS, refuseMethod, send } from './http-answer.js';
import { readJsonObject } from './http-body.js';
import { checkParameters, parametersOfSearch, searchOf } from './http-parameters.js';
import { BadRequest } from './http-refusal.js';
import { greet } from './http-words.js';
import { refuseForeignPage } from './origin.js';
import { quoted } from './quoted.js';

export interface GraphQLOptions {
  apollo: ApolloServer<RequestContext>;
  /** A context for one request, by who sends it. Rejects with UNAUTHENTICATED or RATE_LIMITED. */
  contextOf(req: IncomingMessage): Promise<RequestContext>;
  /** Where GraphQL is served: `/graphql`. */
  path: string;
  maxBodyBytes: number;
  /** Lets the known operations pass alone; null: any. */
  trust: Trust | null;
}

/** Answers one operation, in the form that its client takes. Rejects with what the request is refused for. */
export async function answerGraphQL(
  req: IncomingMessage,
  res: ServerResponse,
  search: string,
  { apollo, contextOf, path, maxBodyBytes, trust }: GraphQLOptions,
): Promise<void> {
  const { method } = req;
  if (method !== 'POST' && method !== 'GET') return refuseMethod(req, res, path, 'GET, POST');
  const inAddress = method === 'GET' ? parametersOfSearch(search) : null;
  if (inAddress) {
    if (Object.keys(inAddress).length === 0) return greet(req, res, path);
    const reason = refuseForeignPage(req.headers);
    if (reason !== null) throw new ParleyError('FORBIDDEN', reason);
  }
  const { single } = readAccept(req.headers.accept);
  // Before anything is done: a mutation whose answer nobody takes would still have happened.
  if (single === null || single === EVENT_STREAM) throw notAcceptable(req.headers.accept);
  const context = await contextOf(req);
  const given = inAddress ?? (await readJsonObject(req, maxBodyBytes));
  const parameters = checkParameters(trust?.(given) ?? given);
  const asked = inAddress
    ? { search: searchOf(parameters), body: undefined }
    : { search: '', body: parameters };
  const response = await apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest: { method, headers: headerMap(req, single), ...asked },
    context: async () => context,
  });
  await sendResponse(res, single, response);
}

async function sendResponse(res: ServerResponse, type: string, response: HTTPGraphQLResponse): Promise<void> {
  const { status = 200, headers, body } = response;
  const sent = Object.fromEntries(headers);
  if (body.kind === 'complete') {
    // GraphQL over HTTP, 6.4: in plain JSON another status than 200 may be a gateway's, and says nothing of the operation.
    const shown = type === PLAIN_JSON && status === 400 ? 200 : status;
    return send(res, shown, { ...sent, 'content-type': `${type}; charset=utf-8` }, body.string);
  }
  res.writeHead(status, { ...COMMON_HEADERS, ...sent });
  await pipeline(body.asyncIterator, res);
}

const notAcceptable = (accept = '') =>
  new BadRequest(
    406,
    `The accept header ${quoted(accept)} takes no form that an answer can have. Send application/graphql-response+json or application/json; subscriptions run over WebSocket.`,
  );

/** As Apollo reads them. The form of the answer is decided here alone. */
function headerMap(req: IncomingMessage, accept: string): HeaderMap {
  const map = new HeaderMap();
  for (const [name, value] of Object.entries(req.headers)) {
    if (value !== undefined) map.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return map.set('accept', accept);
}
