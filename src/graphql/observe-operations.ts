import type { ApolloServerPlugin } from '@apollo/server';
import type { GraphQLError, GraphQLFormattedError } from 'graphql';
import type { RequestContext } from './context.js';

/** What is told of an operation when its answer is ready. */
export interface EndedOperation {
  type: string;
  name: string | null;
  code: string;
  seconds: number | null;
}

/** The code of the first error; `OK` where there is none. */
export const outcomeOf = (errors: readonly (GraphQLError | GraphQLFormattedError)[] | undefined): string =>
  errors?.[0] ? String(errors[0].extensions?.code ?? 'INTERNAL_SERVER_ERROR') : 'OK';

/** Tells of each operation over HTTP. */
export const observeOperations = (
  observe: (ended: EndedOperation) => void,
): ApolloServerPlugin<RequestContext> => ({
  async requestDidStart() {
    const start = performance.now();
    return {
      async willSendResponse({ operation, operationName, response: { body } }) {
        observe({
          type: operation?.operation ?? 'unknown',
          name: operationName ?? null,
          code: outcomeOf(body.kind === 'single' ? body.singleResult.errors : undefined),
          seconds: (performance.now() - start) / 1_000,
        });
      },
    };
  },
});
