/** The closed list of codes that Parley's own code raises. docs/errors.md explains each one. */
export const ERROR_CODES = [
  'SESSION_NOT_FOUND',
  'AGENT_NOT_FOUND',
  'MESSAGE_NOT_FOUND',
  'SESSION_EXISTS',
  'MESSAGES_CHANGED',
  'REPLY_NOT_FOUND',
  'REPLY_TAKEN_OVER',
  'REPLY_OVER',
  'REPLY_GAP',
  'INVALID_NAME',
  'INVALID_METADATA_PATH',
  'INVALID_CURSOR',
  'BAD_USER_INPUT',
  'IDEMPOTENCY_CONFLICT',
  'DOCUMENT_TOO_LARGE',
  'PAYLOAD_TOO_LARGE',
  'STORE_UNAVAILABLE',
  'LIVE_UNAVAILABLE',
  'TIMEOUT',
  'SUBSCRIBER_TOO_SLOW',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'RATE_LIMITED',
  'QUERY_TOO_COMPLEX',
  'INTERNAL_SERVER_ERROR',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/**
 * The one error class. `message` is written for the caller: it names the value that was wrong and what would be
 * right, and never carries a driver's text or a secret. `cause` is for the log and is never sent. `details` are
 * sent beside the code (`SUBSCRIBER_TOO_SLOW` carries the cursor to resume from).
 */
export class ParleyError extends Error {
  override readonly name = 'ParleyError';
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, string | number>>;

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; details?: Readonly<Record<string, string | number>> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** What the caller gave is wrong: `message` says which value, and what would be right. */
export const badInput = (message: string) => new ParleyError('BAD_USER_INPUT', message);

/** Nothing that passes, such as a database that is away, and nothing that a caller has done. */
export const isDefect = (error: unknown): boolean =>
  !(error instanceof ParleyError) || error.code === 'INTERNAL_SERVER_ERROR';

export const sessionExists = (sessionId: string) =>
  new ParleyError('SESSION_EXISTS', `There is a session ${JSON.stringify(sessionId)} already.`);

export const sessionNotFound = (sessionId: string) =>
  new ParleyError(
    'SESSION_NOT_FOUND',
    `There is no session ${JSON.stringify(sessionId)}. Create it with createSession, or append with createIfMissing.`,
  );

export const agentNotFound = (sessionId: string, agentId: string) =>
  new ParleyError(
    'AGENT_NOT_FOUND',
    `Session ${JSON.stringify(sessionId)} has no agent ${JSON.stringify(agentId)}. Create it with upsertAgent, or append with createIfMissing.`,
  );

export const messagesChanged = (messageCount: number, expected: number) =>
  new ParleyError(
    'MESSAGES_CHANGED',
    `The agent's messageCount is ${messageCount}, not ${expected} as was expected. Nothing was appended: read what is new, and append with the count there is.`,
    { details: { messageCount } },
  );

export const clientIdConflict = (clientId: string) =>
  new ParleyError(
    'IDEMPOTENCY_CONFLICT',
    `The agent has a message with the clientId ${JSON.stringify(clientId)} that differs from this one. Give every message a clientId of its own.`,
  );

export const idempotencyConflict = (mutation: string) =>
  new ParleyError(
    'IDEMPOTENCY_CONFLICT',
    `This idempotencyKey was already used for ${mutation} with another input. Use a new key for a new request.`,
  );

export const replyNotFound = (replyId: string) =>
  new ParleyError('REPLY_NOT_FOUND', `There is no reply ${JSON.stringify(replyId)}.`);

/** For `catch`, where a session is made that may be missing: another process, or an earlier run, may have been first. */
export const unlessThere = unless('SESSION_EXISTS');
/** For `catch`, where a session is to be gone, or may be. */
export const unlessGone = unless('SESSION_NOT_FOUND');

function unless(code: ErrorCode): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof ParleyError) || error.code !== code) throw error;
  };
}
