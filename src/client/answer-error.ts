import { ERROR_CODES, type ErrorCode, ParleyError } from '../domain/errors.js';

/** An error as the server sends it. */
export interface SentError {
  message: string;
  path?: readonly (string | number)[];
  extensions?: Readonly<Record<string, unknown>>;
}

/**
 * The first of these errors, with its code; `details` has what came beside the code, and its `path`. A code that only a GraphQL
 * server knows, such as GRAPHQL_VALIDATION_FAILED, becomes BAD_USER_INPUT and stands in `details.code`. `cause` is the list.
 */
export function answerError(errors: readonly SentError[]): ParleyError {
  const { message = 'The server refused the operation.', path, extensions = {} } = errors[0] ?? {};
  const { code, ...rest } = extensions;
  const known = ERROR_CODES.includes(code as ErrorCode);
  const details = {
    ...Object.fromEntries(Object.entries(rest).filter(([, value]) => isDetail(value))),
    ...(path ? { path: path.join('.') } : {}),
    ...(known || typeof code !== 'string' ? {} : { code }),
  } as Record<string, string | number>;
  return new ParleyError(known ? (code as ErrorCode) : 'BAD_USER_INPUT', message, { details, cause: errors });
}

const isDetail = (value: unknown) => typeof value === 'string' || typeof value === 'number';

/** Errors as they stand in an answer or in a message of the protocol; null where there are none. */
export function sentErrors(value: unknown): SentError[] | null {
  if (!Array.isArray(value) || value.length === 0) return null;
  return value.every((error) => typeof (error as SentError | null)?.message === 'string') ? value : null;
}
