import type { ExecutionResult, GraphQLError, GraphQLFormattedError } from 'graphql';
import { answerTooLarge } from './answer-size.js';
import type { Mask } from './errors.js';

/** `refused` is told of each error as it is. */
export type ResultMask = (
  result: ExecutionResult,
  refused?: (errors: readonly unknown[]) => void,
) => ExecutionResult;

/** A result as it may be sent: its errors masked, or why it may not be. graphql-ws asks each error for its `toJSON`. */
export function createResultMask(mask: Mask): ResultMask {
  const sendable = (error: unknown) => toError(mask(error));
  return (result, refused) => {
    const tooLarge = answerTooLarge(result.data);
    const errors = tooLarge ? [tooLarge] : result.errors;
    if (!errors) return result;
    refused?.(errors);
    return { ...result, ...(tooLarge ? { data: null } : {}), errors: errors.map(sendable) };
  };
}

const toError = (error: GraphQLFormattedError) =>
  ({ ...error, toJSON: () => error }) as unknown as GraphQLError;
