import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { type ApolloServer, HeaderMap, type HTTPGraphQLResponse } from '@apollo/server';
import type { Credential } from '../auth/authenticate.js';
import { createStillGood, type StillGood } from '../auth/still-good.js';
import { after, isPromise, type Later } from '../domain/async/later.js';
import { type ErrorCode, ParleyError } from '../domain/errors.js';
import { NO_PLACE } from '../domain/fairness/room.js';
import { type AnswerText, textOf, wholeText } from '../graphql/answer-text.js';
import { checkText } from '../graphql/checks/limits.js';
import type { Trust } from '../graphql/checks/trusted-documents.js';
import type { MakeContext, RequestContext } from '../graphql/context.js';
import { type OperationObserver, observed } from '../graphql/observe-operations.js';
import type { Answer } from '../graphql/plan/plan.js';
import type { Plans } from '../graphql/plan/plans.js';
import { type AnswerType, EVENT_STREAM, GRAPHQL_JSON, PLAIN_JSON, readAccept } from './accept.js';
import type { Connections } from './bounds/connections.js';
import { ArrivingBody, type BodyLimits, isLargeBody } from './bounds/large-bodies.js';
import { sendOneEvent } from './event-stream.js';
import { COMMON_HEADERS, refuseMethod, send, sendListed } from './http-answer.js';
import { readJsonObject } from './http-body.js';
import { checkParameters, parametersOfSearch, searchOf } from './http-parameters.js';
import { BadRequest } from './http-refusal.js';
import { type EventStreams, isSubscription } from './http-streams.js';
import { greet } from './http-words.js';
import { refuseForeignPage } from './origin.js';
import type { AnswerLimits, Pace } from './paced-answer.js';
import { quoted } from './quoted.js';

export interface GraphQLOptions {
  apollo: ApolloServer<RequestContext>;
  /** What Apollo Server has looked at before goes past it. */
  plans: Pick<Plans, 'ready'>;
  /** Who sends the request, which counts as one operation. Rejects with UNAUTHENTICATED or RATE_LIMITED. */
  admit(req: IncomingMessage): Later<Credential>;
  /** Milliseconds that only rise. */
  now(): number;
  /** There when it is the turn of an operation of this caller to begin: what it was sent is there. */
  turn(caller: string): Later<void>;
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

/** Answers one operation, in the form that its client takes. Rejects with, or throws, what the request is refused for. */
export function answerGraphQL(
  req: IncomingMessage,
  res: ServerResponse,
  search: string,
  options: GraphQLOptions,
): Later<void> {
  const { method } = req;
  if (method !== 'POST' && method !== 'GET') return refuseMethod(req, res, options.path, 'GET, POST');
  const inAddress = method === 'GET' ? parametersOfSearch(search) : null;
  if (inAddress) {
    if (Object.keys(inAddress).length === 0) return greet(req, res, options.path);
    const reason = refuseForeignPage(req.headers);
    if (reason !== null) throw new ParleyError('FORBIDDEN', reason);
  }
  const { single, stream } = readAccept(req.headers.accept);
  // Before anything is done: a mutation whose answer nobody takes would still have happened.
  if (single === null) throw notAcceptable(req.headers.accept);
  return after(options.admit(req), (credential) => {
    const { caller } = credential;
    const from = req.socket.remoteAddress ?? '';
    const stillGood = createStillGood(credential, options.now);
    const context = options.makeContext(caller, from, { stillGood });
    options.connections.known(req.socket, context.share, caller);
    const { waiting, stalledAfterMs, cutOff } = options.answers;
    const pace: Pace = {
      waiting,
      stalledAfterMs,
      caller: context.share,
      cutOff: (code: ErrorCode) => cutOff(code, caller, from),
    };
    const asked = { req, res, method, inAddress, single, stream, credential, stillGood, context, pace };
    return answerAdmitted(asked, options);
  });
}

/** A request whose caller may ask. */
interface Asked {
  req: IncomingMessage;
  res: ServerResponse;
  method: string;
  /** What stands in its address; null: it has a body. */
  inAddress: Record<string, unknown> | null;
  single: AnswerType;
  stream: boolean;
  credential: Credential;
  stillGood: StillGood;
  context: RequestContext;
  pace: Pace;
}

async function answerAdmitted(asked: Asked, options: GraphQLOptions): Promise<void> {
  const { req, res, inAddress, context, pace } = asked;
  const { large, room, arriving } = options.bodies;
  const turn = () => options.turn(context.share);
  const body = new ArrivingBody(res, context, arriving, pace.cutOff, turn);
  const place = inAddress ? NO_PLACE : room(context.share, req);
  let follow: null | (() => Promise<void>);
  try {
    if (place.ready) await body.waits(req, place.ready);
    follow = await (!inAddress && isLargeBody(req)
      ? body.inPlace(req, large, () => answerOne(asked, body, options))
      : answerOne(asked, body, options));
  } finally {
    body.end();
    context.end();
    place.end();
  }
  if (follow) await follow();
}

/** Gives what is to follow, where the answer goes on for long: a body takes nobody's place by then. */
async function answerOne(
  { req, res, method, inAddress, single, stream, credential, stillGood, context, pace }: Asked,
  body: ArrivingBody,
  { apollo, plans, streams, maxBodyBytes, trust, observer }: GraphQLOptions,
): Promise<null | (() => Promise<void>)> {
  if (inAddress) {
    const turn = body.turn();
    if (isPromise<void>(turn)) await turn;
  }
  const given = inAddress ?? (await readJsonObject(req, maxBodyBytes, body));
  const checked = stillGood();
  if (isPromise<void>(checked)) await checked;
  const parameters = checkParameters(trust?.(given) ?? given);
  const { query = '', operationName, variables, extensions } = parameters;
  const input = { query, operationName, variables };
  // What says more than an operation, its variables and its form is for Apollo.
  const usual = !inAddress && single !== EVENT_STREAM && extensions?.persistedQuery === undefined;
  const ready = usual ? plans.ready(input) : null;
  if (ready) {
    const answer = observed(observer, req.headers, ready, () => ready.execute(context));
    const { json, status } = isPromise<Answer>(answer) ? await answer : answer;
    context.end();
    if (status === undefined) sendListed(res, 200, jsonHeaders(single), json, pace);
    else sendRefused(res, single, { status }, json, pace);
    return null;
  }
  checkText(query);
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
  // An event says what is wrong with an operation; that a GET runs none of its kind, or that it has no turn, the status.
  if (type === EVENT_STREAM && (status === 200 || status === 400))
    return sendOneEvent(res, wholeText(textOf(body.string)), pace);
  sendRefused(res, type, { status, headers: sent }, textOf(body.string), pace);
}

/** Sends the answer of an operation that may not have been executed. */
function sendRefused(
  res: ServerResponse,
  type: AnswerType,
  { status, headers = {} }: { status: number; headers?: Record<string, string> },
  json: AnswerText,
  pace: Pace,
): void {
  // GraphQL over HTTP, 6.4: in plain JSON another status than 200 may be a gateway's, and says nothing of the operation.
  const shown = type !== GRAPHQL_JSON && status === 400 ? 200 : status;
  const later = status === 429 ? { 'retry-after': '1' } : {};
  send(res, shown, { ...headers, ...later, 'content-type': jsonType(type) }, json, pace);
}

/** Of an answer in JSON. */
const jsonType = (type: AnswerType) => `${type === GRAPHQL_JSON ? GRAPHQL_JSON : PLAIN_JSON}; charset=utf-8`;
const headersOf = (type: AnswerType) =>
  Object.entries({ ...COMMON_HEADERS, 'content-type': jsonType(type) }).flat();
const GRAPHQL_HEADERS = headersOf(GRAPHQL_JSON);
const PLAIN_HEADERS = headersOf(PLAIN_JSON);
const jsonHeaders = (type: AnswerType) => (type === GRAPHQL_JSON ? GRAPHQL_HEADERS : PLAIN_HEADERS);

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
