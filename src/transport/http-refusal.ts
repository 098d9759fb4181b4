import type { ErrorCode } from '../domain/errors.js';
import { ParleyError } from '../domain/errors.js';

/** Answered without asking GraphQL: the status, and the one error of the body. */
export interface Refusal {
  status: number;
  code: ErrorCode | 'BAD_REQUEST';
  message: string;
  headers?: Readonly<Record<string, string>>;
}

/** The request is not one that GraphQL could be asked with. `BAD_REQUEST` is the code that Apollo uses for the same. */
export class BadRequest extends Error {
  override readonly name = 'BadRequest';
  readonly status: 400 | 406 | 415;

  constructor(status: 400 | 406 | 415, message: string) {
    super(message);
    this.status = status;
  }
}

/** The client went away in the middle of its request: there is nobody to answer, and nothing to log. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';
}

/** `limit` is the configured one, so that the caller learns how much would pass. */
export const payloadTooLarge = (limit: number) =>
  new ParleyError(
    'PAYLOAD_TOO_LARGE',
    `The request body is larger than the ${limit} bytes that are allowed. Send less at once, or raise MAX_BODY_BYTES.`,
  );

export const tooHeavy = () =>
  new ParleyError(
    'PAYLOAD_TOO_LARGE',
    'The request body holds too many lists, objects and names: parsed, it would take more memory than is allowed. Send less at once.',
  );

/** How a request that cannot be taken is answered; null for an error that is not the caller's. */
export function refusalOf(error: unknown): Refusal | null {
  if (error instanceof BadRequest) {
    return { status: error.status, code: 'BAD_REQUEST', message: error.message };
  }
  if (!(error instanceof ParleyError)) return null;
  const { code, message, details } = error;
  switch (code) {
    case 'BAD_USER_INPUT':
    case 'QUERY_TOO_COMPLEX':
      return { status: 400, code, message };
    case 'PAYLOAD_TOO_LARGE':
      return { status: 413, code, message };
    case 'UNAUTHENTICATED':
      return { status: 401, code, message, headers: { 'www-authenticate': 'Bearer' } };
    case 'RATE_LIMITED':
      return { status: 429, code, message, headers: { 'retry-after': String(details.retryAfter ?? 1) } };
    case 'FORBIDDEN':
      return { status: 403, code, message };
    case 'TIMEOUT':
    case 'STORE_UNAVAILABLE':
    case 'LIVE_UNAVAILABLE':
      return { status: 503, code, message };
    default:
      return null;
  }
}
