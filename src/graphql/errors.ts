import { randomUUID } from 'node:crypto';
import { ApolloServerErrorCode } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError, Kind } from 'graphql';
import type { Logger } from 'pino';
import { ParleyError } from '../domain/errors.js';

/** Codes of errors that are about the request itself: their text is graphql-js' or Apollo's own, and may be sent. */
const REQUEST_CODES = new Set<unknown>(
  Object.values(ApolloServerErrorCode).filter((code) => code !== 'INTERNAL_SERVER_ERROR'),
);

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
      return { message: known.message, ...at, extensions: { code: known.code, ...known.details } };
    }
    if (!known && error instanceof GraphQLError && isAboutTheRequest(error)) {
      return {
        message: error.message,
        ...at,
        extensions: { code: codeOf(error) },
      };
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

/** An error that graphql-js made itself has no original error, or one with a code of the request. */
function isAboutTheRequest(error: GraphQLError): boolean {
  if (REQUEST_CODES.has(error.extensions.code)) return true;
  const { originalError } = error;
  return originalError instanceof GraphQLError && REQUEST_CODES.has(originalError.extensions.code);
}

/** A scalar that refuses a variable's value gives the code that is right for a literal. */
function codeOf({ nodes, extensions }: GraphQLError): unknown {
  const ofVariable = nodes?.[0]?.kind === Kind.VARIABLE_DEFINITION;
  return ofVariable
    ? ApolloServerErrorCode.BAD_USER_INPUT
    : (extensions.code ?? ApolloServerErrorCode.GRAPHQL_VALIDATION_FAILED);
}

function parleyErrorIn(error: unknown): ParleyError | null {
  for (let inner = error, depth = 0; inner && depth < 10; depth++) {
    if (inner instanceof ParleyError) return inner;
    inner = (inner as GraphQLError).originalError;
  }
  return null;
}

function causeOf(error: unknown): unknown {
  return (error instanceof GraphQLError && error.originalError) || error;
}

function whereOf(error: unknown): Pick<GraphQLFormattedError, 'locations' | 'path'> {
  if (!(error instanceof GraphQLError)) return {};
  return {
    ...(error.locations ? { locations: error.locations } : {}),
    ...(error.path ? { path: error.path } : {}),
  };
}
