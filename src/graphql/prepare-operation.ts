import { ApolloServerErrorCode } from '@apollo/server/errors';
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  type OperationDefinitionNode,
  OperationTypeNode,
  parse,
  specifiedRules,
  type ValidationRule,
  validate,
} from 'graphql';
import { ParleyError } from '../domain/errors.js';
import { checkLiterals } from './checks/check-literals.js';
import { checkOverlaps } from './checks/check-overlaps.js';
import { checkVariables } from './checks/check-variables.js';
import { conditionalSubscription } from './checks/conditional-subscription.js';
import { checkLimits, checkText, MAX_TOKENS, VALIDATION } from './checks/limits.js';
import { noIntrospection } from './checks/no-introspection.js';
import { createDocumentCache } from './document-cache.js';

/** An operation as a client sends it. */
export interface OperationInput {
  query: string;
  operationName?: string | null | undefined;
  variables?: Record<string, unknown> | null | undefined;
}

/** What can be executed, with the variables that it declares alone, or why it cannot. */
export type PreparedOperation =
  | {
      document: DocumentNode;
      variables: Record<string, unknown>;
      /** Objects that it asks for. */
      cost: number;
      /** Those that a subscription asks for with each event; 0 for any other operation. */
      eventCost: number;
    }
  | { errors: readonly GraphQLError[] };

/** Parses, validates and measures operations that do not pass through Apollo Server, with the codes that it gives. */
export function createPreparer(
  schema: GraphQLSchema,
  { introspection = true }: { introspection?: boolean } = {},
): (input: OperationInput) => PreparedOperation {
  const cache = createDocumentCache();

  const parsed = (query: string) => {
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

  return ({ query, operationName, variables: given }) => {
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
    const { document } = prepared;
    const variables = declaredBy(operation, given ?? {});
    let cost: number;
    try {
      // Of all that was given: a request is kept while its events are sent.
      cost = checkLimits(document, operationName ?? null, given ?? {});
      checkLiterals(schema, document);
      checkVariables(schema, document, operationName ?? null, variables);
    } catch (error) {
      return { errors: [wrapped(error as Error)] };
    }
    const { errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
    if (errors) return { errors: errors.map((error) => coded(error, ApolloServerErrorCode.BAD_USER_INPUT)) };
    const isLive = operation.operation === OperationTypeNode.SUBSCRIPTION;
    return { document, variables, cost, eventCost: isLive ? cost : 0 };
  };
}

/** The others are dropped: a subscription would keep them for as long as it lasts. */
function declaredBy(
  { variableDefinitions = [] }: OperationDefinitionNode,
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const names = variableDefinitions.map(({ variable }) => variable.name.value);
  return Object.fromEntries(
    names.filter((name) => Object.hasOwn(given, name)).map((name) => [name, given[name]]),
  );
}

function parseAndValidate(
  schema: GraphQLSchema,
  query: string,
  rules: readonly ValidationRule[],
): { document: DocumentNode } | { errors: readonly GraphQLError[] } {
  let document: DocumentNode;
  try {
    checkText(query);
    document = parse(query, { maxTokens: MAX_TOKENS });
    checkOverlaps(document);
  } catch (error) {
    if (error instanceof ParleyError) return { errors: [wrapped(error)] };
    return { errors: [coded(error as GraphQLError, ApolloServerErrorCode.GRAPHQL_PARSE_FAILED)] };
  }
  const conditional = conditionalSubscription(schema, document);
  const errors = conditional ? [conditional] : validate(schema, document, rules, VALIDATION);
  return errors.length === 0
    ? { document }
    : { errors: errors.map((error) => coded(error, ApolloServerErrorCode.GRAPHQL_VALIDATION_FAILED)) };
}

const wrapped = (originalError: Error) => new GraphQLError(originalError.message, { originalError });

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
