import { createLru } from '../domain/lru.js';

/** The forms in which an answer can be given. */
export const GRAPHQL_JSON = 'application/graphql-response+json';
export const PLAIN_JSON = 'application/json';
export const EVENT_STREAM = 'text/event-stream';

export type AnswerType = typeof GRAPHQL_JSON | typeof PLAIN_JSON | typeof EVENT_STREAM;

/** What a client takes, by its `Accept` header. */
export interface Accepted {
  /**
   * The form of one result; null where none is accepted. GraphQL's own media type is taken wherever it is named with no
   * smaller weight than JSON: a status beside 200 keeps its meaning with it alone. Who names neither gets JSON.
   */
  single: AnswerType | null;
  /** Whether results may come one after the other, as server-sent events. */
  stream: boolean;
  /** Whether a page to read is liked better than any of these: somebody looks at it in a browser. */
  page: boolean;
}

/** Media ranges between commas; a comma may stand in a quoted parameter. */
const RANGES = /(?:[^,"]|"[^"]*")+/g;
const WEIGHT = /^\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*$/i;

/** Headers that were read last: most clients send one of a few. */
const REMEMBERED = 100;
const LONGEST_REMEMBERED = 200;
const known = createLru<string, Accepted>(REMEMBERED);

/** RFC 9110, 12.5.1: the most specific range that fits says the weight. Other parameters than the weight are not looked at. */
export function readAccept(header: string | undefined): Accepted {
  const text = header || '*/*';
  const remembered = known.get(text);
  if (remembered) return remembered;
  const accepted = read(text);
  if (text.length <= LONGEST_REMEMBERED) known.set(text, accepted);
  return accepted;
}

function read(header: string): Accepted {
  const weights = weightsOf(header);
  const named = (type: string) => weights.get(type) ?? 0;
  const weight = (type: string) =>
    weights.get(type) ?? weights.get(type.replace(/\/.*/, '/*')) ?? weights.get('*/*') ?? 0;
  const json = weight(PLAIN_JSON);
  const graphql = json > 0 ? named(GRAPHQL_JSON) : weight(GRAPHQL_JSON);
  const stream = named(EVENT_STREAM);
  const best = Math.max(json, graphql, stream);
  const single =
    best === 0 ? null : graphql === best ? GRAPHQL_JSON : json === best ? PLAIN_JSON : EVENT_STREAM;
  return {
    single,
    stream: stream > 0,
    page: Math.max(named('text/html'), named('text/plain')) > best,
  };
}

/** The form of an answer that is one error: also where nothing of ours is accepted, something has to be said. */
export function errorType(header: string | undefined): typeof GRAPHQL_JSON | typeof PLAIN_JSON {
  return readAccept(header).single === GRAPHQL_JSON ? GRAPHQL_JSON : PLAIN_JSON;
}

/** Nobody takes so many forms: what comes behind is not looked at, where thousands took milliseconds. */
const MOST_RANGES = 100;

/** What stands between the commas of a header such as `Accept` or `Accept-Encoding`, in lower case, with its weight from 0 to 1. */
export function weightsOf(header: string): Map<string, number> {
  const weights = new Map<string, number>();
  let read = 0;
  for (const [range] of header.matchAll(RANGES)) {
    if (read++ === MOST_RANGES) break;
    const [type = '', ...parameters] = range.split(';');
    const given = parameters
      .map((parameter) => WEIGHT.exec(parameter)?.[1])
      .find((text) => text !== undefined);
    const weight = Math.min(1, given === undefined ? 1 : Number(given));
    const name = type.trim().toLowerCase();
    weights.set(name, Math.max(weight, weights.get(name) ?? 0));
  }
  return weights;
}
