import {
  type DocumentNode,
  getOperationAST,
  Kind,
  parse,
  print,
  type SelectionNode,
  type TypeNode,
} from 'graphql';
import { ParleyError } from '../domain/errors.js';

/** A document as text, or as GraphQL Code Generator makes it, with the types of its answer and its variables. */
export type Operation<T, V> = string | (DocumentNode & { __apiType?: (variables: V) => T });

export interface ReadOperation {
  text: string;
  /** The declared variables, each with the name of its type. */
  variables: ReadonlyMap<string, string>;
  /** The variables that its root fields take as `input`; null where one of them has none, or has it written out. */
  inputs: readonly string[] | null;
}

/** Checks that a document holds one operation, and of this kind. BAD_USER_INPUT where it does not. */
export function readOperation(
  document: string | DocumentNode,
  kind: 'query' | 'mutation' | 'subscription',
): ReadOperation {
  const parsed = typeof document === 'string' ? parseText(document) : document;
  if (!Array.isArray(parsed?.definitions))
    throw new ParleyError(
      'BAD_USER_INPUT',
      'The document must be the text of an operation, or a DocumentNode.',
    );
  const operation = getOperationAST(parsed);
  if (operation?.operation !== kind) {
    throw new ParleyError(
      'BAD_USER_INPUT',
      `The document must hold one operation, a ${kind}; it holds ${operation ? `a ${operation.operation}` : 'none, or several'}.`,
    );
  }
  const variables = (operation.variableDefinitions ?? []).map(
    ({ variable, type }) => [variable.name.value, nameOf(type)] as const,
  );
  const inputs = operation.selectionSet.selections.map(inputOf);
  return {
    text: typeof document === 'string' ? document : print(document),
    variables: new Map(variables),
    inputs: inputs.every((input) => input !== null) ? inputs : null,
  };
}

function parseText(text: string): DocumentNode {
  try {
    return parse(text, { noLocation: true });
  } catch (error) {
    throw new ParleyError('BAD_USER_INPUT', `The document cannot be read: ${(error as Error).message}`);
  }
}

const nameOf = (type: TypeNode): string =>
  type.kind === Kind.NAMED_TYPE ? type.name.value : nameOf(type.type);

function inputOf(selection: SelectionNode): string | null {
  if (selection.kind !== Kind.FIELD) return null;
  const value = selection.arguments?.find(({ name }) => name.value === 'input')?.value;
  return value?.kind === Kind.VARIABLE ? value.name.value : null;
}
