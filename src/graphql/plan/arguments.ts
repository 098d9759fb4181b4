import {
  type FieldNode,
  type GraphQLField,
  getArgumentValues,
  isNonNullType,
  Kind,
  type ValueNode,
} from 'graphql';

type Values = { [name: string]: unknown };

/** What can be known of a field's arguments before anything is asked. */
export interface Arguments {
  /** The same in every execution; null: they depend on variables, or are objects that someone could change. */
  readonly args: Readonly<Values> | null;
  /** Those of one execution, as graphql-js makes them. */
  argsFor(variables: Values): Values;
}

export function argumentsOf(definition: GraphQLField<unknown, unknown>, node: FieldNode): Arguments {
  const values = (node.arguments ?? []).map(({ value }) => value);
  const defaults = definition.args.every(({ defaultValue }) => typeof defaultValue !== 'object');
  const made = (variables: Values): Values => getArgumentValues(definition, node, variables);
  if (!defaults) return { args: null, argsFor: made };
  if (values.every(isScalar)) return { args: Object.freeze(made({})), argsFor: made };
  if (!values.every((value) => isScalar(value) || value.kind === Kind.VARIABLE))
    return { args: null, argsFor: made };
  return { args: null, argsFor: withWhole(definition, node, made) };
}

/** Where arguments are whole variables, these were coerced before. Any that was not given, or is null, is left to graphql-js. */
function withWhole(
  definition: GraphQLField<unknown, unknown>,
  node: FieldNode,
  made: (variables: Values) => Values,
): (variables: Values) => Values {
  const whole = (node.arguments ?? []).flatMap(({ name, value }) =>
    value.kind === Kind.VARIABLE ? [{ name: name.value, variable: value.name.value }] : [],
  );
  const others = { ...node, arguments: (node.arguments ?? []).filter(({ value }) => isScalar(value)) };
  const optional = definition.args.map((argument) =>
    whole.some(({ name }) => name === argument.name) && isNonNullType(argument.type)
      ? { ...argument, type: argument.type.ofType }
      : argument,
  );
  const fixed: Values = getArgumentValues({ ...definition, args: optional }, others, {});
  return (variables) => {
    const args: Values = Object.assign({}, fixed);
    for (const { name, variable } of whole) {
      const value = variables[variable];
      if (value === undefined || value === null) return made(variables);
      args[name] = value;
    }
    return args;
  };
}

const isScalar = ({ kind }: ValueNode) => SCALARS.has(kind);

const SCALARS = new Set<ValueNode['kind']>([
  Kind.INT,
  Kind.FLOAT,
  Kind.STRING,
  Kind.BOOLEAN,
  Kind.ENUM,
  Kind.NULL,
]);
