import type { KillableServer } from '../killable-server.js';

/** A server that may be killed at any moment, one of several on one database. */
export type Target = Pick<KillableServer, 'url' | 'up' | 'request'>;

export interface Answer {
  data: unknown;
  code?: string;
  /** Of REPLY_GAP. */
  expected?: number;
}

interface Reply {
  data?: unknown;
  errors?: { extensions: { code: string; expected?: number } }[];
}

/** After which the same is asked again. */
export const CODES_TO_REPEAT: ReadonlySet<string> = new Set([
  'STORE_UNAVAILABLE',
  'TIMEOUT',
  'LIVE_UNAVAILABLE',
]);

/** Null where the server could not be reached or asked to come back: the call may have been made. */
export async function post(
  target: Target,
  query: string,
  variables: Record<string, unknown>,
): Promise<Answer | null> {
  await target.up();
  try {
    const { body } = await target.request(query, variables);
    const { data, errors }: Reply = body;
    const [error] = errors ?? [];
    if (!error) return { data };
    const { code, expected } = error.extensions;
    return CODES_TO_REPEAT.has(code)
      ? null
      : { data: null, code, ...(expected === undefined ? {} : { expected }) };
  } catch {
    return null;
  }
}
