import { ApolloServer, type ApolloServerOptions, type ApolloServerPlugin, HeaderMap } from '@apollo/server';
import { ApolloServerErrorCode } from '@apollo/server/errors';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { GraphQLError, type GraphQLSchema, OperationTypeNode } from 'graphql';
import { attempt, isPromise, type Later } from '../domain/async/later.js';
import { restAfter } from '../domain/json/write-json.js';
import type { AnswerText } from './answer-text.js';
import { createApolloAnswers } from './apollo-answers.js';
import { checkLiterals } from './checks/check-literals.js';
import { checkOverlaps } from './checks/check-overlaps.js';
import { checkVariables } from './checks/check-variables.js';
import { conditionalSubscription } from './checks/conditional-subscription.js';
import { checkLimits, MAX_TOKENS, VALIDATION } from './checks/limits.js';
import { noIntrospection } from './checks/no-introspection.js';
import type { RequestContext } from './context.js';
import { createDocumentCache } from './document-cache.js';
import { type Mask, statusOf } from './errors.js';
import type { OperationObserver } from './observe-operations.js';
import type { Plan } from './plan/plan.js';
import type { Plans } from './plan/plans.js';

/** Apollo Server as Parley runs it; the HTTP transport hands it requests. */
export function createApolloServer(
  schema: GraphQLSchema,
  mask: Mask,
  { introspection = true }: { introspection?: boolean } = {},
  observer: OperationObserver | null = null,
  plans: Pick<Plans, 'add'> | null = null,
): ApolloServer<RequestContext> {
  const answers = createApolloAnswers(mask, observer);
  return new ApolloServer<RequestContext>({
    schema,
    // What it would say speaks of Apollo Server; the rule is our own.
    introspection: true,
    validationRules: introspection ? [] : [noIntrospection],
    // The transport lets a POST in as JSON alone, and no GET of a foreign page.
    csrfPrevention: false,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    parseOptions: { maxTokens: MAX_TOKENS },
    validationOptions: VALIDATION,
    documentStore: documentStore(),
    stringifyResult: answers.stringifyResult,
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
      answers.plugin,
      limits(schema, plans, answers.writtenData),
    ],
  });
}

/** Apollo's own would keep documents of 30 MB as JSON, which are four times as large in memory. */
function documentStore(): NonNullable<ApolloServerOptions<RequestContext>['documentStore']> {
  const cache = createDocumentCache();
  return {
    get: async (key) => cache.get(key),
    set: async (key, document) => cache.set(key, document),
    delete: async () => false,
  };
}

/** `plans`: executes what was found valid, and keeps it, so that it need not be looked at again. */
const limits = (
  schema: GraphQLSchema,
  plans: Pick<Plans, 'add'> | null,
  writtenData: (json: AnswerText) => Record<string, unknown>,
): ApolloServerPlugin<RequestContext> => ({
  async unexpectedErrorProcessingRequest({ error }) {
    // Apollo would answer with an error of its own, and the log would not have the cause.
    throw error;
  },
  async requestDidStart() {
    let plan: Plan | null = null;
    return {
      async didEncounterErrors({ contextValue, errors }) {
        contextValue.refused(errors);
      },
      async validationDidStart({ document }) {
        const error = conditionalSubscription(schema, document);
        if (error) throw withCode(error, ApolloServerErrorCode.GRAPHQL_VALIDATION_FAILED, { status: 400 });
        await refusing(() => checkOverlaps(document));
      },
      async didResolveOperation({ contextValue, document, operation, operationName, request, source }) {
        if (operation?.operation === OperationTypeNode.SUBSCRIPTION) {
          throw new GraphQLError(
            'Subscriptions run over WebSocket (graphql-transport-ws) at this address, or as server-sent events: send accept: text/event-stream.',
            {
              extensions: { code: 'BAD_REQUEST', http: { status: 400 } },
            },
          );
        }
        const asked = await refusing(() => {
          const objects = checkLimits(document, operationName, request.variables ?? {});
          checkLiterals(schema, document);
          checkVariables(schema, document, operationName, request.variables ?? {});
          return objects;
        });
        const rest = restAfter(request.variables);
        if (isPromise<void>(rest)) await rest;
        plan = plans?.add(source, request.operationName, document) ?? null;
        if (!plan) await refusing(() => contextValue.begin(asked));
      },
      async responseForOperation({ contextValue, request }) {
        // Null where a variable is missing: graphql-js says so.
        const ready = plan?.with(request.variables ?? {});
        if (!ready) return null;
        const { json, errors, status } = await ready.execute(contextValue);
        const singleResult = { data: writtenData(json), ...(errors.length > 0 ? { errors } : {}) };
        const head = { headers: new HeaderMap(), ...(status === undefined ? {} : { status }) };
        return { http: head, body: { kind: 'single', singleResult } };
      },
    };
  },
});

/** What `check` gives; without a status Apollo takes what it throws for a failure of the server. */
const refusing = <T>(check: () => Later<T>): Later<T> =>
  attempt<T, never>(check, (error) => {
    const originalError = error as Error;
    throw new GraphQLError(originalError.message, {
      originalError,
      extensions: { http: { status: statusOf(error) } },
    });
  });

function withCode(error: GraphQLError, code: unknown, http?: { status: number }): GraphQLError {
  return new GraphQLError(error.message, {
    nodes: error.nodes ?? null,
    source: error.source ?? null,
    positions: error.positions ?? null,
    path: error.path ?? null,
    ...(error.originalError ? { originalError: error.originalError } : {}),
    extensions: { ...error.extensions, code, ...(http ? { http } : {}) },
  });
}
