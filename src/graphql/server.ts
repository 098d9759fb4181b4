import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { GraphQLError, type GraphQLSchema, OperationTypeNode } from 'graphql';
import { checkVariables } from './check-variables.js';
import type { RequestContext } from './context.js';
import type { Mask } from './errors.js';
import { checkLimits, MAX_TOKENS } from './limits.js';

/** Apollo Server as Parley runs it; the HTTP transport hands it requests. */
export function createApolloServer(schema: GraphQLSchema, mask: Mask): ApolloServer<RequestContext> {
  return new ApolloServer<RequestContext>({
    schema,
    introspection: true,
    csrfPrevention: true,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    parseOptions: { maxTokens: MAX_TOKENS },
    formatError: (formatted, error) => {
      // Apollo codes its own errors only in what it has formatted.
      const code = formatted.extensions?.code;
      return mask(
        error instanceof GraphQLError && !error.extensions.code && code ? withCode(error, code) : error,
      );
    },
    plugins: [
      // The first wraps every field of every operation, the second loads a page from a CDN.
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      // An APOLLO_KEY that happens to be in the environment sends nothing anywhere.
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      limits(schema),
    ],
  });
}

const limits = (schema: GraphQLSchema): ApolloServerPlugin<RequestContext> => ({
  async requestDidStart() {
    return {
      async didResolveOperation({ document, operation, operationName, request }) {
        if (operation?.operation === OperationTypeNode.SUBSCRIPTION) {
          throw new GraphQLError(
            'Subscriptions run over WebSocket (graphql-transport-ws) at this address, not over HTTP.',
            {
              extensions: { code: 'BAD_REQUEST', http: { status: 400 } },
            },
          );
        }
        try {
          checkLimits(document, operationName, request.variables ?? {});
          checkVariables(schema, document, operationName, request.variables ?? {});
        } catch (error) {
          const originalError = error as Error;
          // Without a status Apollo takes it for a failure of the server.
          const extensions = { http: { status: 400 } };
          throw new GraphQLError(originalError.message, { originalError, extensions });
        }
      },
    };
  },
});

function withCode(error: GraphQLError, code: unknown): GraphQLError {
  return new GraphQLError(error.message, {
    nodes: error.nodes ?? null,
    source: error.source ?? null,
    positions: error.positions ?? null,
    path: error.path ?? null,
    ...(error.originalError ? { originalError: error.originalError } : {}),
    extensions: { ...error.extensions, code },
  });
}
