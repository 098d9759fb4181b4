import type {
  FieldNode,
  FragmentDefinitionNode,
  GraphQLField,
  GraphQLObjectType,
  GraphQLResolveInfo,
  GraphQLSchema,
  OperationDefinitionNode,
} from 'graphql';
import type { Slices } from '../../domain/async/in-slices.js';
import { MAX_ANSWER_CHARACTERS } from '../answer-size.js';
import { asideIn, markOf } from '../answer-text.js';
import type { RequestContext } from '../context.js';
import type { Arguments } from './arguments.js';
import { LongLeaf, type WriteLeaf } from './leaf.js';
import { Pass } from './pass.js';
import { PlacedErrors } from './path.js';

/** What an operation is, whoever asks it. */
export interface Asked {
  readonly schema: GraphQLSchema;
  readonly operation: OperationDefinitionNode;
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>;
}

/** What an execution knows of a field whose resolver is asked. */
export interface AskedField extends Arguments {
  /** Among all fields of its plan. */
  readonly index: number;
  readonly parentType: GraphQLObjectType;
  readonly definition: GraphQLField<unknown, unknown>;
  readonly nodes: readonly FieldNode[];
}

/** One execution: who asks, with which variables, and what has become of it. */
export class Execution {
  readonly errors = new PlacedErrors();
  /** Characters that the answer may still have; below 0 nothing is written any more, and all is executed. */
  left = MAX_ANSWER_CHARACTERS;
  /** What is written when the answer is; where it belongs stands a mark in the text. */
  readonly long: unknown[] = [];
  readonly pass: Pass;
  private readonly infos: GraphQLResolveInfo[] = [];

  /** `args`: of the fields that were asked for already with these variables, by their index. */
  constructor(
    private readonly asked: Asked,
    readonly variables: { [name: string]: unknown },
    readonly context: RequestContext,
    readonly root: unknown,
    slices: Slices,
    private readonly args: Record<string, unknown>[] = [],
  ) {
    this.pass = new Pass(slices, () => context.loaders.hold());
  }

  /** One for all objects that have the field, without `path`, which no resolver of ours looks at. */
  infoOf(field: AskedField): GraphQLResolveInfo {
    const known = this.infos[field.index];
    if (known) return known;
    const { definition, nodes, parentType } = field;
    const info = {
      fieldName: definition.name,
      fieldNodes: nodes,
      returnType: definition.type,
      parentType,
      path: undefined as unknown as GraphQLResolveInfo['path'],
      schema: this.asked.schema,
      fragments: this.asked.fragments,
      rootValue: this.root,
      operation: this.asked.operation,
      variableValues: this.variables,
    };
    this.infos[field.index] = info;
    return info;
  }

  argsOf(field: AskedField): { [name: string]: unknown } {
    const known = field.args ?? this.args[field.index];
    if (known) return known;
    const args = field.argsFor(this.variables);
    this.args[field.index] = args;
    return args;
  }

  /** The text, as long as the answer may grow. */
  written(text: string): string {
    this.left -= text.length;
    return this.left < 0 ? '' : text;
  }

  /** A text that is long, of which most becomes bytes: to make one text of a long answer takes longest of all. */
  aside(text: string): string {
    return asideIn(text, this.long);
  }

  /** The text of a value; of one that is long, which may stand under a thousand names, a mark. */
  writtenBy(write: WriteLeaf, value: unknown): string {
    if (this.left < 0) return '';
    const text = write(value);
    if (text instanceof LongLeaf) return this.written(markOf(this.long.push(text.value) - 1));
    this.pass.wrote(text.length);
    return this.written(text);
  }
}
