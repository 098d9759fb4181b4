import {
  type ASTNode,
  type DocumentNode,
  type FloatValueNode,
  GraphQLID,
  type GraphQLSchema,
  getNamedType,
  type IntValueNode,
  Kind,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { losesDigits, lossyNumberError, mayLoseDigits } from '../../domain/json/written-numbers.js';

/**
 * BAD_USER_INPUT for a number in the document itself that would not come back as it is written. An id keeps its digits,
 * also where they stand without quotes. The document is valid.
 */
export function checkLiterals(schema: GraphQLSchema, document: DocumentNode): void {
  if (document.loc && !mayLoseDigits(document.loc.source.body)) return;
  const types = new TypeInfo(schema);
  const check = (
    node: IntValueNode | FloatValueNode,
    _key: unknown,
    parent: Step | undefined,
    _path: unknown,
    ancestors: readonly Step[],
  ) => {
    if (!losesDigits(node.value) || getNamedType(types.getInputType()) === GraphQLID) return;
    throw lossyNumberError({
      path: pathOf([...ancestors, ...(parent ? [parent] : []), node]),
      digits: node.value,
    });
  };
  visit(document, visitWithTypeInfo(types, { IntValue: check, FloatValue: check }));
}

type Step = ASTNode | readonly ASTNode[];

/** Fields, their argument, and what leads to the value in it; of a default the variable. `way` leads from the document to the value. */
const pathOf = (way: readonly Step[]): (string | number)[] =>
  way.flatMap((step, index, steps): (string | number)[] => {
    if (isList(step)) return [];
    const siblings = steps[index - 1];
    const owner = steps[index - 2];
    if (siblings && isList(siblings) && owner && !isList(owner) && owner.kind === Kind.LIST) {
      return [siblings.indexOf(step)];
    }
    switch (step.kind) {
      case Kind.VARIABLE_DEFINITION:
        return ['variables', step.variable.name.value];
      case Kind.FIELD:
      case Kind.ARGUMENT:
      case Kind.OBJECT_FIELD:
        return [step.name.value];
      default:
        return [];
    }
  });

const isList = (step: Step): step is readonly ASTNode[] => Array.isArray(step);
