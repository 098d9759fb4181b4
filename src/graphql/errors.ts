import { randomUUID } from 'node:crypto';
import { ApolloServerErrorCode } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Logger } from 'pino';
import { ParleyError } from '../domain/errors.js';
import { PlacedError } from './placed-error.js';

/** Codes of errors that are about the request itself: their text is graphql-js' or Apollo's own, and may be sent. */
const REQUEST_CODES = new Set<unknown>(
  Object.values(ApolloServerErrorCode).filter((code) => code !== 'INTERNAL_SERVER_ERROR'),
);

/** graphql-js repeats a wrong value whole, and a body may be megabytes. */
const MAX_MESSAGE_LENGTH = 1_000;
const cut = (message: string) =>
  message.length > MAX_MESSAGE_LENGTH ? `${message.slice(0, MAX_MESSAGE_LENGTH)}…` : message;

type OfGraphQL = GraphQLError | PlacedError;
const isOfGraphQL = (error: unknown): error is OfGraphQL =>
  error instanceof PlacedError || error instanceof GraphQLError;

/** Turns any error into what may be sent. Every error that leaves the server passes through it. */
export type Mask = (error: unknown) => GraphQLFormattedError;

/**
 * The one place that decides what leaves: a ParleyError with its code, message and details; an error about the request
 * as it is; anything else as INTERNAL_SERVER_ERROR with a correlation id, under which the log has it.
 */
export function createMask(log: Logger): Mask {
  return (error) => {
    const at = whereOf(error);
    const known = parleyErrorIn(error);
    if (known && known.code !== 'INTERNAL_SERVER_ERROR') {
      if (known.cause !== undefined) log.warn({ err: known }, 'an operation failed');
      return { message: cut(known.message), ...at, extensions: { code: known.code, ...known.details } };
    }
    const code = !known && isOfGraphQL(error) ? requestCodeOf(error) : null;
    if (code) {
      return { message: cut((error as OfGraphQL).message), ...at, extensions: { code } };
    }
    const correlationId = randomUUID();
    log.error({ err: causeOf(error), correlationId }, 'an operation failed unexpectedly');
    return {
      message: 'Internal server error.',
      ...at,
      extensions: { code: 'INTERNAL_SERVER_ERROR', correlationId },
    };
  };
}

/** The code of an error that is the caller's doing; null for any other. */
function requestCodeOf(error: OfGraphQL): string | null {
  const { originalError } = error;
  const coded = [error, originalError].find(
    (one) => isOfGraphQL(one) && REQUEST_CODES.has(one.extensions.code),
  );
  if (coded) return String((coded as GraphQLError).extensions.code);
  // graphql-js refuses an argument where its field is executed, when a variable is null or missing there.
  if (originalError instanceof GraphQLError && originalError.message.startsWith('Argument "')) {
    return ApolloServerErrorCode.BAD_USER_INPUT;
  }
  // graphql-js stops at 50 wrong variables, and says so in an error that Apollo does not know.
  if (!originalError && error.message.startsWith('Too many errors processing variables')) {
    return ApolloServerErrorCode.BAD_USER_INPUT;
  }
  // Apollo leaves some refusals of persisted queries without a code, but not without a status.
  const { http } = error.extensions as { http?: { status?: number } };
  return http?.status === 400 && !originalError ? ApolloServerErrorCode.BAD_REQUEST : null;
}

/** The error of ours that a GraphQL error stands for. */
export function parleyErrorIn(error: unknown): ParleyError | null {
  for (let inner = error, depth = 0; inner && depth < 10; depth++) {
    if (inner instanceof ParleyError) return inner;
    inner = (inner as GraphQLError).originalError;
  }
  return null;
}

/** The status over HTTP of an operation that is refused before anything of it is executed. */
export function statusOf(error: unknown): number {
  const known = parleyErrorIn(error);
  if (known?.code === 'RATE_LIMITED') return 429;
  return known?.code === 'TIMEOUT' ? 503 : 400;
}

function causeOf(error: unknown): unknown {
  return (isOfGraphQL(error) && error.originalError) || error;
}

function whereOf(error: unknown): Pick<GraphQLFormattedError, 'locations' | 'path'> {
  if (!isOfGraphQL(error)) return {};
  return {
    ...(error.locations ? { locations: error.locations } : {}),
    ...(error.path ? { path: error.path } : {}),
  };
}
