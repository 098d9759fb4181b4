import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { type ApolloServer, HeaderMap, type HTTPGraphQLResponse } from '@apollo/server';
import type { Credential } from '../auth/authenticate.js';
import { type ErrorCode, ParleyError } from '../domain/errors.js';
import { isPromise, type Later } from '../domain/later.js';
import { textOf, wholeText } from '../graphql/answer-text.js';
import type { MakeContext, RequestContext } from '../graphql/context.js';
import { checkLines } from '../graphql/limits.js';
import { type OperationObserver, observed } from '../graphql/observe-operations.js';
import type { Plans } from '../graphql/plan/plans.js';
import type { Trust } from '../graphql/trusted-documents.js';
import { type AnswerType, EVENT_STREAM, GRAPHQL_JSON, PLAIN_JSON, readAccept } from './accept.js';
import type { Connections } from './connections.js';
import { sendOneEvent } from './event-stream.js';
import { COMMON_HEADERS, refuseMethod, send, sendWith } from './http-answer.js';
import { readJsonObject } from './http-body.js';
import { checkParameters, parametersOfSearch, searchOf } from './http-parameters.js';
import { BadRequest } from './http-refusal.js';
import { type EventStreams, isSubscription } from './http-streams.js';
import { greet } from './http-words.js';
import { type BodyLimits, isLargeBody, LARGE_BODY_BYTES, watchBody } from './large-bodies.js';
import { refuseForeignPage } from './origin.js';
import type { AnswerLimits, Pace } from './paced-answer.js';
import { quoted } from './quoted.js';

export interface GraphQLOptions {
  apollo: ApolloServer<RequestContext>;
  /** What Apollo Server has looked at before goes past it. */
  plans: Pick<Plans, 'ready'>;
  /** Who sends the request, which counts as one operation. Rejects with UNAUTHENTICATED or RATE_LIMITED. */
  admit(req: IncomingMessage): Later<Credential>;
  makeContext: MakeContext;
  streams: EventStreams;
  answers: AnswerLimits;
  bodies: BodyLimits;
  connections: Connections;
  /** Where GraphQL is served: `/graphql`. */
  path: string;
  maxBodyBytes: number;
  /** Lets the known operations pass alone; null: any. */
  trust: Trust | null;
  observer: OperationObserver;
}

/** Answers one operation, in the form that its client takes. Rejects with what the request is refused for. */
export async function answerGraphQL(
  req: IncomingMessage,
  res: ServerResponse,
  search: string,
  {
    apollo,
    plans,
    admit,
    makeContext,
    streams,
    answers,
    bodies,
    connections,
    path,
    maxBodyBytes,
    trust,
    observer,
  }: GraphQLOptions,
): Promise<void> {
  const { method } = req;
  if (method !== 'POST' && method !== 'GET') return refuseMethod(req, res, path, 'GET, POST');
  const inAddress = method === 'GET' ? parametersOfSearch(search) : null;
  if (inAddress) {
    if (Object.keys(inAddress).length === 0) return greet(req, res, path);
    const reason = refuseForeignPage(req.headers);
    if (reason !== null) throw new ParleyError('FORBIDDEN', reason);
  }
  const { single, stream } = readAccept(req.headers.accept);
  // Before anything is done: a mutation whose answer nobody takes would still have happened.
  if (single === null) throw notAcceptable(req.headers.accept);
  const admitted = admit(req);
  const credential = isPromise<Credential>(admitted) ? await admitted : admitted;
  const { caller } = credential;
  const from = req.socket.remoteAddress ?? '';
  const context = makeContext(caller, from);
  connections.known(req.socket, context.share, caller);
  const cutOff = (code: ErrorCode) => answers.cutOff(code, caller, from);
  const pace: Pace = { ...answers, caller: context.share, cutOff };
  /** To be decoded, weighed and parsed, what is large takes its turn, and keeps it until it is answered. */
  const arriving = watchBody(res, context.share, bodies.arriving, cutOff);
  const beforeReading = (bytes: number): Later<void> => {
    if (bytes <= LARGE_BODY_BYTES) return arriving.end();
    arriving.held(bytes);
    // One that is cut meanwhile is let go of at once.
    return Promise.race([context.hold(LARGE_BODY_BYTES + 1), arriving.gone()]).then(arriving.end);
  };
  /** Gives what is to follow, where the answer goes on for long: a body takes nobody's place by then. */
  const answer = async (): Promise<null | (() => Promise<void>)> => {
    const given =
      inAddress ?? (await readJsonObject(req, maxBodyBytes, { held: arriving.held, beforeReading }));
    const parameters = checkParameters(trust?.(given) ?? given);
    const { query = '', operationName, variables, extensions } = parameters;
    const input = { query, operationName, variables };
    // What says more than an operation, its variables and its form is for Apollo.
    const usual = !inAddress && single !== EVENT_STREAM && extensions?.persistedQuery === undefined;
    const ready = usual ? plans.ready(input) : null;
    if (ready) {
      const { json } = await observed(observer, req.headers, ready, () => ready.execute(context));
      context.end();
      sendWith(res, 200, jsonHeaders(single), json, pace);
      return null;
    }
    checkLines(query);
    if (stream && isSubscription(input)) {
      return () => streams.follow(req, res, credential, input);
    }
    const asked = inAddress
      ? { search: searchOf(parameters), body: undefined }
      : { search: '', body: parameters };
    const headers = headerMap(req, single === EVENT_STREAM ? GRAPHQL_JSON : single);
    const response = await observer.request(req.headers, () =>
      apollo.executeHTTPGraphQLRequest({
        httpGraphQLRequest: { method, headers, ...asked },
        context: async () => context,
      }),
    );
    context.end();
    await sendResponse(res, single, response, pace);
    return null;
  };
  const large = !inAddress && isLargeBody(req);
  let follow: null | (() => Promise<void>);
  try {
    follow = await (large ? bodies.large.run(context.share, answer) : answer());
  } finally {
    arriving.end();
    context.end();
  }
  if (follow) await follow();
}

async function sendResponse(
  res: ServerResponse,
  type: AnswerType,
  { status = 200, headers, body }: HTTPGraphQLResponse,
  pace: Pace,
): Promise<void> {
  const sent = Object.fromEntries(headers);
  if (body.kind !== 'complete') {
    res.writeHead(status, { ...COMMON_HEADERS, ...sent });
    return pipeline(body.asyncIterator, res);
  }
  // An event says what is wrong with an operation; that a GET runs none of its kind, the status.
  if (type === EVENT_STREAM && status !== 405) return sendOneEvent(res, wholeText(textOf(body.string)), pace);
  // GraphQL over HTTP, 6.4: in plain JSON another status than 200 may be a gateway's, and says nothing of the operation.
  const shown = type !== GRAPHQL_JSON && status === 400 ? 200 : status;
  send(res, shown, { ...sent, 'content-type': jsonHeaders(type)['content-type'] }, textOf(body.string), pace);
}

const headersOf = (type: string) => ({ ...COMMON_HEADERS, 'content-type': `${type}; charset=utf-8` });
/** Of an answer in JSON. */
const JSON_HEADERS = {
  [GRAPHQL_JSON]: headersOf(GRAPHQL_JSON),
  [PLAIN_JSON]: headersOf(PLAIN_JSON),
};
const jsonHeaders = (type: AnswerType) => JSON_HEADERS[type === GRAPHQL_JSON ? GRAPHQL_JSON : PLAIN_JSON];

const notAcceptable = (accept = '') =>
  new BadRequest(
    406,
    `The accept header ${quoted(accept)} takes no form that an answer can have. Send application/graphql-response+json or application/json, or text/event-stream for a subscription.`,
  );

/** As Apollo reads them. The form of the answer is decided here alone. */
function headerMap(req: IncomingMessage, accept: string): HeaderMap {
  const map = new HeaderMap();
  for (const [name, value] of Object.entries(req.headers)) {
    if (value !== undefined) map.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return map.set('accept', accept);
}
