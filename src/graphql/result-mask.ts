import type { ExecutionResult, GraphQLError, GraphQLFormattedError } from 'graphql';
import { answerTooLarge } from './answer-size.js';
import type { Mask } from './errors.js';

/** A result as it may be sent: its errors masked, or why it may not be. graphql-ws asks each error for its `toJSON`. */
export function createResultMask(mask: Mask): (result: ExecutionResult) => ExecutionResult {
  const sendable = (error: unknown) => toError(mask(error));
  return (result) => {
    const tooLarge = answerTooLarge(result.data);
    if (tooLarge) return { data: null, errors: [sendable(tooLarge)] };
    return result.errors ? { ...result, errors: result.errors.map(sendable) } : result;
  };
}

const toError = (error: GraphQLFormattedError) =>
  ({ ...error, toJSON: () => error }) as unknown as GraphQLError;
