import { Client, type CombinedError, fetchExchange } from '@urql/core';
import type { TypedDocumentString } from '../generated/operations.js';
import { access, askForCredential, credentialGiven } from './credential.js';
import { authorizationOf } from './stored-credential.js';

/** Why an operation has no answer: a code of docs/errors.md, or UNREACHABLE where the server was not heard of. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** A connection that is cut without a word is no failure to a browser, however long nothing comes: no answer takes as long. */
const LONGEST_MS = 60_000;

/** Nothing is cached: what is shown is kept by its view, which the live feed keeps true. */
const client = new Client({
  url: '/graphql',
  exchanges: [fetchExchange],
  requestPolicy: 'network-only',
  preferGetMethod: false,
  fetch: (input, init) => fetch(input, { ...init, signal: soonEnough(init?.signal) }),
});

const soonEnough = (signal?: AbortSignal | null) =>
  AbortSignal.any([AbortSignal.timeout(LONGEST_MS), ...(signal ? [signal] : [])]);

/**
 * The answer of one operation. Rejects with an ApiError. Where the server asks for a credential, the operation waits until
 * there is one, and is sent again: a view keeps its place.
 */
export async function ask<Result, Variables extends object>(
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
): Promise<Result> {
  for (;;) {
    await credentialGiven();
    const { credential } = access.get();
    try {
      return await askOnce(document, variables, credential);
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'UNAUTHENTICATED') throw error;
      askForCredential(credential);
    }
  }
}

/** The same with another credential, once. */
export async function askOnce<Result, Variables extends object>(
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
  credential: string | null,
): Promise<Result> {
  const context = { fetchOptions: { headers: authorizationOf(credential) } };
  const kind = /^\s*mutation\b/.test(document.toString()) ? 'mutation' : 'query';
  const { data, error } = await client[kind](document.toString(), variables, context).toPromise();
  if (error) throw toApiError(error);
  return data as Result;
}

function toApiError({ graphQLErrors: [first], networkError, response }: CombinedError): ApiError {
  if (first) return new ApiError(String(first.extensions.code ?? 'INTERNAL_SERVER_ERROR'), first.message);
  const status = (response as Response | undefined)?.status;
  return status
    ? new ApiError('UNREACHABLE', `The server, or a gateway before it, answered with status ${status}.`)
    : new ApiError('UNREACHABLE', `The server cannot be reached: ${networkError?.message ?? 'no answer'}.`);
}
