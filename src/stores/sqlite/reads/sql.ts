/** A condition with its parameters, in the order in which its text names them. */
export interface Sql {
  text: string;
  parameters: (string | number | bigint | null)[];
}

export const TRUE: Sql = { text: '1', parameters: [] };

export function allOf(conditions: readonly Sql[]): Sql | null {
  return conditions.length === 0 ? null : join(conditions, ' AND ');
}

export function anyOf(conditions: readonly Sql[]): Sql {
  return conditions.length === 0 ? { text: '0', parameters: [] } : join(conditions, ' OR ');
}

/** A test on a missing value is null in SQL, and does not hold. */
export function negated({ text, parameters }: Sql): Sql {
  return { text: `NOT coalesce((${text}), 0)`, parameters };
}

/** So many conditions may be tested of one row before the time is looked at: of large metadata each takes long. */
const TIMED_CONDITIONS = 8;

function join(conditions: readonly Sql[], operator: string): Sql {
  const texts = conditions.map(({ text }, index) =>
    index > 0 && index % TIMED_CONDITIONS === 0 ? `(in_time() AND ${text})` : text,
  );
  return {
    text: `(${texts.join(operator)})`,
    parameters: conditions.flatMap(({ parameters }) => parameters),
  };
}
