import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLFormattedError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
} from 'graphql';
import { inSlices, LOOP_SLICES, type Steps } from '../../domain/async/in-slices.js';
import { after, attempt, either, type Later } from '../../domain/async/later.js';
import { restAfter } from '../../domain/json/write-json.js';
import { createLru } from '../../domain/lru.js';
import { tooLongAnAnswer } from '../answer-size.js';
import { type AnswerText, markOf, sentText } from '../answer-text.js';
import { costChecksOf } from '../checks/cost-checks.js';
import type { RequestContext } from '../context.js';
import { type Mask, statusOf } from '../errors.js';
import { ownVariables } from '../loading/field-budget.js';
import { conditionsOf } from './conditions.js';
import { executeFields, executeSerially } from './execute-fields.js';
import { type Asked, Execution } from './execution.js';
import type { Selection, Text } from './field.js';
import { type Made, selectionOf } from './selection.js';
import { coercionOf } from './variables.js';

/** Choices of fields by `@skip` and `@include` that are kept for one operation; a further one is made anew each time. */
const MAX_CHOICES = 8;

/** More errors are written in slices. */
const FEW_ERRORS = 64;

/** An answer as it may be sent. */
export interface Answer {
  /** The JSON of the result, errors masked. */
  json: AnswerText;
  /** As they stand in it. */
  errors: readonly GraphQLFormattedError[];
  /** The status that it has over HTTP; absent: nothing of the operation was refused before it was executed. */
  status?: number;
}

/** One operation, asked with variables that fit it. */
export interface ReadyOperation {
  readonly type: string;
  readonly name: string | null;
  /** `root`: the event of a subscription. Never fails. */
  execute(context: RequestContext, root?: unknown): Later<Answer>;
}

/** An operation that was found valid: everything is known of it but who asks and with which variables. */
export interface Plan {
  /** Null where the variables do not fit, or ask for too much: somebody else says so. */
  with(variables: Readonly<Record<string, unknown>>): ReadyOperation | null;
}

/** `onField`: it keeps one more field. `slices`: what an execution takes of the event loop. */
export function createPlan(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  mask: Mask,
  onField: () => void,
  slices = LOOP_SLICES,
): Plan {
  const asked: Asked = { schema, operation, fragments: fragmentsOf(document) };
  const coerce = coercionOf(schema, operation);
  const checkCost = costChecksOf(document, operation);
  const isLive = operation.operation === OperationTypeNode.SUBSCRIPTION;
  const conditions = conditionsOf(document, operation);
  let fields = 0;
  const made: Made = {
    next() {
      onField();
      return fields++;
    },
  };
  const choices = createLru<string, Selection>(MAX_CHOICES);
  const type = schema.getRootType(operation.operation);

  function choice(key: string, variables: Record<string, unknown>): Selection {
    const known = choices.get(key);
    if (known) return known;
    if (!type) throw new Error(`The schema has no ${operation.operation}.`);
    const fresh = selectionOf(asked, conditions.taken(variables), made, type, [operation.selectionSet]);
    choices.set(key, fresh);
    return fresh;
  }

  function execute(
    selection: Selection,
    variables: Record<string, unknown>,
    context: RequestContext,
    root: unknown,
    args: Record<string, unknown>[] | undefined,
  ): Later<Answer> {
    const execution = new Execution(asked, variables, context, root, slices, args);
    const run = operation.operation === OperationTypeNode.MUTATION ? executeSerially : executeFields;
    const data = attempt<Text, null>(
      () => run(execution, selection, root, undefined),
      (error) => {
        execution.errors.add(error, undefined);
        return null;
      },
    );
    return after(data, (text) => answerOf(execution, text, mask));
  }

  return {
    with(given) {
      try {
        const variables = coerce(given);
        const objects = checkCost(given);
        const key = conditions.key(variables);
        if (key === null) return null;
        const selection = choice(key, variables);
        // Events differ in nothing that arguments are made of.
        const args = isLive ? [] : undefined;
        return {
          type: operation.operation,
          name: operation.name?.value ?? null,
          // Each execution has variables of its own: what it is still allowed is known by them.
          execute: (context, root) => {
            const run = () => execute(selection, ownVariables(variables), context, root, args);
            // An event is made when it is its turn.
            return isLive
              ? run()
              : either(
                  () => after(restAfter(given), () => context.begin(objects)),
                  run,
                  (error) => refusal(error, context, mask),
                );
          },
        };
      } catch {
        return null;
      }
    },
  };
}

function answerOf(execution: Execution, data: Text, mask: Mask): Later<Answer> {
  const { list } = execution.errors;
  if (list.length === 0) return writtenAnswer(execution, '', data, [], mask);
  execution.context.refused(list);
  if (list.length > FEW_ERRORS)
    return inSlices(maskedSteps(list, mask)).then((errors) => {
      const before = `"errors":${markOf(execution.long.push(errors) - 1)},`;
      return writtenAnswer(execution, before, data, errors, mask);
    });
  const errors = list.map(mask);
  return writtenAnswer(execution, `"errors":${JSON.stringify(errors)},`, data, errors, mask);
}

function* maskedSteps(list: readonly unknown[], mask: Mask): Steps<GraphQLFormattedError[]> {
  const errors: GraphQLFormattedError[] = [];
  for (const error of list) {
    errors.push(mask(error));
    if (errors.length % FEW_ERRORS === 0) yield;
  }
  return errors;
}

/** `before`: what stands before the data. */
function writtenAnswer(
  { left, long, context }: Execution,
  before: string,
  data: Text,
  errors: GraphQLFormattedError[],
  mask: Mask,
): Later<Answer> {
  return either<AnswerText, Answer>(
    () => {
      if (left < 0) throw tooLongAnAnswer();
      return sentText(`{${before}"data":${data}}`, long);
    },
    (json) => ({ json, errors }),
    (error) => {
      context.refused([error]);
      const instead = [mask(error)];
      return { json: JSON.stringify({ errors: instead, data: null }), errors: instead };
    },
  );
}

/** That an operation could not begin. */
function refusal(error: unknown, context: RequestContext, mask: Mask): Answer {
  context.refused([error]);
  const errors = [mask(error)];
  return { json: JSON.stringify({ errors }), errors, status: statusOf(error) };
}

function fragmentsOf({ definitions }: DocumentNode): Record<string, FragmentDefinitionNode> {
  const fragments = Object.create(null) as Record<string, FragmentDefinitionNode>;
  for (const one of definitions) if (one.kind === Kind.FRAGMENT_DEFINITION) fragments[one.name.value] = one;
  return fragments;
}
