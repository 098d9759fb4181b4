import { findLossyNumber, lossyNumberError } from '../domain/json/written-numbers.js';
import { BadRequest } from './http-refusal.js';

/** An operation as it is asked for over HTTP, by GET or by POST. */
export interface GraphQLParameters {
  query?: string;
  operationName?: string | null;
  variables?: Record<string, unknown> | null;
  extensions?: Record<string, unknown> | null;
}

const EXAMPLE = '{"query":"{ __typename }"}';
const NAMES = ['query', 'operationName', 'variables', 'extensions', 'documentId'] as const;

/** What stands in an address: each parameter once, objects as JSON. BadRequest where one is not so, BAD_USER_INPUT for a number whose digits would be lost. */
export function parametersOfSearch(search: string): Record<string, unknown> {
  const given = new URLSearchParams(search);
  const found: Record<string, unknown> = {};
  for (const name of NAMES) {
    const [value, ...more] = given.getAll(name);
    if (more.length > 0)
      throw new BadRequest(400, `The parameter ${name} stands in the address more than once.`);
    if (value === undefined) continue;
    found[name] = name === 'variables' || name === 'extensions' ? parsed(name, value) : value;
  }
  return found;
}

/** As `parametersOfSearch` reads it. */
export function searchOf({ query, operationName, variables, extensions }: GraphQLParameters): string {
  const search = new URLSearchParams();
  if (query !== undefined) search.set('query', query);
  if (operationName) search.set('operationName', operationName);
  if (variables) search.set('variables', JSON.stringify(variables));
  if (extensions) search.set('extensions', JSON.stringify(extensions));
  return `?${search}`;
}

/** BadRequest where this is no request that GraphQL over HTTP knows: what the members are, not what they say. */
export function checkParameters(given: Readonly<Record<string, unknown>>): GraphQLParameters {
  const { query, operationName, variables, extensions } = given;
  if (typeof query !== 'string' && query !== undefined && query !== null) {
    throw new BadRequest(400, `The query has to be text, as in ${EXAMPLE}.`);
  }
  if (operationName !== undefined && operationName !== null && typeof operationName !== 'string') {
    throw new BadRequest(400, 'The operationName has to be text: the name of one operation of the query.');
  }
  checkObject('variables', variables);
  checkObject('extensions', extensions);
  if (!query && !isObject((extensions as { persistedQuery?: unknown } | null | undefined)?.persistedQuery)) {
    throw new BadRequest(400, `The request has no query. Send a JSON object with one, such as ${EXAMPLE}.`);
  }
  const parameters: GraphQLParameters = {};
  if (query) parameters.query = query;
  if (operationName !== undefined) parameters.operationName = operationName;
  if (variables !== undefined) parameters.variables = variables;
  if (extensions !== undefined) parameters.extensions = extensions;
  return parameters;
}

function checkObject(
  name: string,
  value: unknown,
): asserts value is Record<string, unknown> | null | undefined {
  if (value === undefined || value === null || isObject(value)) return;
  const encoded = typeof value === 'string' ? ' itself, not JSON in a text' : '';
  throw new BadRequest(400, `The ${name} have to be a JSON object${encoded}, such as {"id":"s1"}.`);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parsed(name: string, text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new BadRequest(400, `The parameter ${name} of the address is not valid JSON.`);
  }
  const lossy = findLossyNumber(text);
  if (lossy) throw lossyNumberError(lossy, name);
  return value;
}
