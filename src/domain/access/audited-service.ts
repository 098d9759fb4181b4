import { around, aroundCalled, type Call } from '../around.js';
import { either } from '../async/later.js';
import { type ErrorCode, ParleyError } from '../errors.js';
import type { SessionService } from '../sessions/session-service.js';

/** Takes one line of the audit; never fails, and never waits. */
export type Record = (
  action: string,
  about: { sessionId: string | null; agentId: string | null },
  outcome: string,
) => void;

/** The codes of what a caller is refused, whoever it is and whatever it asked for. */
export const REFUSALS: readonly string[] = [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'RATE_LIMITED',
  'QUERY_TOO_COMPLEX',
  'PAYLOAD_TOO_LARGE',
  'SUBSCRIBER_TOO_SLOW',
] satisfies ErrorCode[];

/** Errors that have a line in the audit. */
const told = new WeakSet<ParleyError>();

/** What of these errors the audit does not have yet, by its codes: refusals alone. */
export function untoldRefusals(errors: readonly (ParleyError | null)[]): Set<string> {
  const codes = new Set<string>();
  for (const error of errors) {
    if (error && REFUSALS.includes(error.code) && !told.has(error)) codes.add(error.code);
  }
  return codes;
}

/** The writes, and where each names its session. */
const WRITES: readonly (keyof SessionService)[] = [
  'createSession',
  'deleteSession',
  'upsertAgent',
  'appendMessages',
  'recordMetrics',
  'redactMessage',
  'recordGuardrailEvent',
  'updateMetadata',
  'deleteMetadata',
  'addFeedback',
];

/** What is around one method: a line in the audit for one that writes, with its outcome, for another where it is refused. */
const auditedCall =
  (call: Call, name: string, isWrite: boolean, record: Record): Call =>
  (...given) =>
    either(
      () => call(...given),
      (result) => {
        if (isWrite) record(name, aboutOf(given[0], result), 'ok');
        return result;
      },
      (error) => {
        const code = codeOf(error);
        if (isWrite || REFUSALS.includes(code)) record(name, aboutOf(given[0], null), code);
        noteTold(error);
        throw error;
      },
    );

/** The same with that around each of its methods, of which `writes` write. */
export const audited = <T extends object>(target: T, writes: readonly (keyof T)[], record: Record): T =>
  around(target, (call, method) => auditedCall(call, String(method), writes.includes(method), record));

/** The service with a line in the audit for each write, with its outcome, and for each read that was refused. */
export const auditedService = (service: SessionService, record: Record): SessionService =>
  aroundCalled(service, (call, method) =>
    method === 'eraseSessions'
      ? (auditedErasure(service, record) as Call)
      : auditedCall(call, method, WRITES.includes(method), record),
  );

/** A line for each session, as soon as it is gone, whatever becomes of the rest. */
const auditedErasure =
  (service: Pick<SessionService, 'eraseSessions'>, record: Record): SessionService['eraseSessions'] =>
  async (input) => {
    const about = (sessionId: string | null) => ({ sessionId, agentId: null });
    try {
      return await service.eraseSessions({
        ...input,
        erased(sessionId) {
          record('eraseSessions', about(sessionId), 'ok');
          input.erased?.(sessionId);
        },
      });
    } catch (error) {
      record('eraseSessions', about(null), codeOf(error));
      noteTold(error);
      throw error;
    }
  };

function noteTold(error: unknown): void {
  if (error instanceof ParleyError) told.add(error);
}

const codeOf = (error: unknown) => (error instanceof ParleyError ? error.code : 'INTERNAL_SERVER_ERROR');

/** Runs what is no method of the service, with a line in the audit where it is refused. */
export async function auditedRun<T>(
  record: Record,
  { action, sessionId }: { action: string; sessionId: string | null },
  run: () => T | PromiseLike<T>,
): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof ParleyError && REFUSALS.includes(error.code)) {
      record(action, { sessionId, agentId: null }, error.code);
      noteTold(error);
    }
    throw error;
  }
}

function aboutOf(input: unknown, result: unknown): { sessionId: string | null; agentId: string | null } {
  // deleteSession is given the id alone, and createSession gives it back where it was not given.
  if (typeof input === 'string') return { sessionId: input, agentId: null };
  const { address, ...given } = (input ?? {}) as { address?: object; sessionId?: unknown; agentId?: unknown };
  // The end of a reply names nothing but the reply.
  const { reply } = Object(result) as { reply?: object };
  const { sessionId, agentId } = { ...reply, ...given, ...address } as {
    sessionId?: unknown;
    agentId?: unknown;
  };
  return {
    sessionId: text(sessionId) ?? text(result),
    agentId: text(agentId),
  };
}

/** Of a wrong name no more than a line. */
const text = (value: unknown) => (typeof value === 'string' ? value.slice(0, 512) : null);
