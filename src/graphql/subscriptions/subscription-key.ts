import { randomUUID } from 'node:crypto';
import { type DocumentNode, getOperationAST, Kind, print, visit } from 'graphql';
import type { Policy } from '../../domain/access/policy.js';
import { charactersLeft } from '../../domain/json/json-size.js';
import { canonicalJson } from '../../domain/sessions/idempotency.js';

/** To put more in order takes long. No filter may be as long, so that none that is answered is alone for it. */
const LONGEST = 256 * 1024;

/**
 * Equal for subscriptions that get the same events: the same document, operation, rights and variables, but for the
 * variable that carries the cursor, which says only where a subscriber comes from.
 */
export function subscriptionKey(
  document: DocumentNode,
  operationName: string | null,
  variables: Readonly<Record<string, unknown>>,
  { scopes, reach }: Policy,
): string {
  const cursorVariable = cursorVariableOf(document, operationName);
  const { [cursorVariable ?? '']: _cursor, ...same } = variables;
  if (charactersLeft(same, LONGEST) < 0) return randomUUID();
  const rights = [[...scopes].sort(), reach];
  return canonicalJson([document.loc?.source.body ?? print(document), operationName, same, rights]);
}

/** The variable that is used for the root field's `after`, and for nothing else. */
function cursorVariableOf(document: DocumentNode, operationName: string | null): string | null {
  const root = getOperationAST(document, operationName)?.selectionSet.selections[0];
  if (root?.kind !== Kind.FIELD) return null;
  const value = root.arguments?.find((argument) => argument.name.value === 'after')?.value;
  if (value?.kind !== Kind.VARIABLE) return null;
  const name = value.name.value;
  let uses = 0;
  visit(document, {
    VariableDefinition: () => false,
    Variable: (node) => {
      if (node.name.value === name) uses++;
    },
  });
  return uses === 1 ? name : null;
}
