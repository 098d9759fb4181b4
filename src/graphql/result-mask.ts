import type { ExecutionResult, GraphQLError, GraphQLFormattedError } from 'graphql';
import { answerTooLarge } from './answer-size.js';
import type { Mask } from './errors.js';

/**
 * A result as it may be sent: its errors masked, or why it may not be. graphql-ws asks each error for its `toJSON`. `measured`: its
 * length is looked at; false where that is done as it is written.
 */
export function createResultMask(
  mask: Mask,
  { measured = true } = {},
): (result: ExecutionResult) => ExecutionResult {
  const sendable = (error: unknown) => toError(mask(error));
  return (result) => {
    const tooLarge = measured ? answerTooLarge(result.data) : null;
    if (tooLarge) return { data: null, errors: [sendable(tooLarge)] };
    return result.errors ? { ...result, errors: result.errors.map(sendable) } : result;
  };
}

const toError = (error: GraphQLFormattedError) =>
  ({ ...error, toJSON: () => error }) as unknown as GraphQLError;
