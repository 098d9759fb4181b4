import {
  type DirectiveNode,
  type DocumentNode,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type ValueNode,
  visit,
} from 'graphql';
import type { Variables } from '../checks/operation-size.js';
import type { Taken } from './selection.js';

/** What of a document depends on `@skip` and `@include` with variables. */
export interface Conditions {
  /** Equal for executions that take the same fields; null where graphql-js has to say what is wrong. */
  key(variables: Variables): string | null;
  /** Which nodes are taken. */
  taken(variables: Variables): Taken;
}

/** The names of variables that decide what of the document is included. */
export function decidingIn(document: DocumentNode): ReadonlySet<string> {
  const names = new Set<string>();
  visit(document, {
    Directive(node) {
      const value = ifOf(node);
      if (value?.kind === Kind.VARIABLE) names.add(value.name.value);
    },
  });
  return names;
}

/** `document` may hold further operations, with variables of their own. */
export function conditionsOf(document: DocumentNode, operation: OperationDefinitionNode): Conditions {
  const names = decidingIn(document);
  const declared = (operation.variableDefinitions ?? []).map(({ variable }) => variable.name.value);
  const deciding = declared.filter((name) => names.has(name));
  return {
    key(variables) {
      let key = '';
      for (const name of deciding) {
        if (typeof variables[name] !== 'boolean') return null;
        key += variables[name] ? '1' : '0';
      }
      return key;
    },
    taken(variables) {
      const holds = (value: ValueNode | undefined) =>
        value?.kind === Kind.VARIABLE
          ? variables[value.name.value] === true
          : value?.kind === Kind.BOOLEAN && value.value;
      return ({ directives }: SelectionNode) =>
        (directives ?? []).every((directive) => {
          if (directive.name.value === GraphQLSkipDirective.name) return !holds(ifOf(directive));
          return directive.name.value !== GraphQLIncludeDirective.name || holds(ifOf(directive));
        });
    },
  };
}

/** Undefined of any other directive. */
function ifOf(directive: DirectiveNode): ValueNode | undefined {
  const { value: name } = directive.name;
  if (name !== GraphQLSkipDirective.name && name !== GraphQLIncludeDirective.name) return undefined;
  return directive.arguments?.find((argument) => argument.name.value === 'if')?.value;
}
