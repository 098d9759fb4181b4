import { ApolloServerErrorCode } from '@apollo/server/errors';
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  parse,
  specifiedRules,
  type ValidationRule,
  validate,
} from 'graphql';
import { checkLiterals } from './check-literals.js';
import { checkVariables } from './check-variables.js';
import { conditionalSubscription } from './conditional-subscription.js';
import { createDocumentCache } from './document-cache.js';
import { checkLimits, MAX_TOKENS } from './limits.js';
import { noIntrospection } from './no-introspection.js';

/** An operation as a client sends it. */
export interface OperationInput {
  query: string;
  operationName?: string | null | undefined;
  variables?: Record<string, unknown> | null | undefined;
}

export type PreparedOperation = { document: DocumentNode } | { errors: readonly GraphQLError[] };

/** Parses, validates and measures operations that do not pass through Apollo Server, with the codes that it gives. */
export function createPreparer(
  schema: GraphQLSchema,
  { introspection = true }: { introspection?: boolean } = {},
): (input: OperationInput) => PreparedOperation {
  const cache = createDocumentCache();

  const parsed = (query: string): PreparedOperation => {
    const document = cache.get(query);
    if (document) return { document };
    const fresh = parseAndValidate(
      schema,
      query,
      introspection ? specifiedRules : [...specifiedRules, noIntrospection],
    );
    if ('document' in fresh) cache.set(query, fresh.document);
    return fresh;
  };

  return ({ query, operationName, variables }) => {
    const prepared = parsed(query);
    if ('errors' in prepared) return prepared;
    const operation = getOperationAST(prepared.document, operationName);
    if (!operation) {
      return {
        errors: [
          coded(
            new GraphQLError(whichOperation(operationName)),
            ApolloServerErrorCode.OPERATION_RESOLUTION_FAILURE,
          ),
        ],
      };
    }
    try {
      checkLimits(prepared.document, operationName ?? null, variables ?? {});
      checkLiterals(schema, prepared.document);
      checkVariables(schema, prepared.document, operationName ?? null, variables ?? {});
    } catch (error) {
      const originalError = error as Error;
      return { errors: [new GraphQLError(originalError.message, { originalError })] };
    }
    const { errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variables ?? {});
    if (errors) return { errors: errors.map((error) => coded(error, ApolloServerErrorCode.BAD_USER_INPUT)) };
    return prepared;
  };
}

function parseAndValidate(
  schema: GraphQLSchema,
  query: string,
  rules: readonly ValidationRule[],
): PreparedOperation {
  let document: DocumentNode;
  try {
    document = parse(query, { maxTokens: MAX_TOKENS });
  } catch (error) {
    return { errors: [coded(error as GraphQLError, ApolloServerErrorCode.GRAPHQL_PARSE_FAILED)] };
  }
  const conditional = conditionalSubscription(schema, document);
  const errors = conditional ? [conditional] : validate(schema, document, rules);
  return errors.length === 0
    ? { document }
    : { errors: errors.map((error) => coded(error, ApolloServerErrorCode.GRAPHQL_VALIDATION_FAILED)) };
}

function coded(error: GraphQLError, code: ApolloServerErrorCode): GraphQLError {
  const { nodes, source, positions, path } = error;
  return new GraphQLError(error.message, {
    nodes: nodes ?? null,
    source: source ?? null,
    positions: positions ?? null,
    path: path ?? null,
    extensions: { code },
  });
}

const whichOperation = (name: string | null | undefined) =>
  name
    ? `The document has no operation ${JSON.stringify(name)}.`
    : 'The document has several operations or none; name one in operationName.';
