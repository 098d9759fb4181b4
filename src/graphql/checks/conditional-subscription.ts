import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  OperationTypeNode,
  type SelectionNode,
  type ValidationRule,
  validate,
} from 'graphql';

const CONDITIONS = new Set(['skip', 'include']);

/**
 * What is wrong with a subscription whose field depends on a condition, which GraphQL's specification forbids since 2025.
 * To be asked before graphql-js 16 validates: it throws at a condition that it cannot decide, and executes a skipped field.
 */
export function conditionalSubscription(schema: GraphQLSchema, document: DocumentNode): GraphQLError | null {
  const subscribes = document.definitions.some(
    (one) => one.kind === Kind.OPERATION_DEFINITION && one.operation === OperationTypeNode.SUBSCRIPTION,
  );
  return subscribes ? (validate(schema, document, [rule], { maxErrors: 1 })[0] ?? null) : null;
}

const rule: ValidationRule = (context) => {
  const check = (selection: SelectionNode) => {
    if (context.getParentType() !== context.getSchema().getSubscriptionType()) return;
    const condition = selection.directives?.find(({ name }) => CONDITIONS.has(name.value));
    if (!condition) return;
    const message = `The field of a subscription cannot depend on @${condition.name.value}. Subscribe, or do not.`;
    context.reportError(new GraphQLError(message, { nodes: condition }));
  };
  return { Field: check, InlineFragment: check, FragmentSpread: check };
};
