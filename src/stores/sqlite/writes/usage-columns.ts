/** The tokens of an agent's row, in the order of `USAGE_FIELDS`. */
export const USAGE_COLUMNS = [
  'input_tokens',
  'output_tokens',
  'total_tokens',
  'cache_read_tokens',
  'cache_write_tokens',
] as const;
