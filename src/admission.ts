import type { IncomingMessage } from 'node:http';
import type { Access } from './access.js';
import type { Credential } from './auth/authenticate.js';
import { REFUSALS } from './domain/access/audited-service.js';
import { callerKey } from './domain/access/caller-key.js';
import type { Caller } from './domain/access/policy.js';
import { after, type Later } from './domain/async/later.js';
import { afterThis } from './domain/async/next-turn.js';
import { createCallerTurns } from './domain/fairness/caller-turns.js';
import type { Metrics } from './observe/metrics.js';
import { TURN_LIMITS } from './server-limits.js';
import type { CutOff } from './transport/cut-off.js';

/** How a request or an operation comes in, and what is written down of those that do not. */
export interface Admission {
  /** An operation that is there: counted, and its caller's turn. RATE_LIMITED. */
  admit(caller: Caller, from: string): Later<void>;
  /** Counts one that is still to come, and has a turn then. RATE_LIMITED. */
  count(caller: Caller, from: string): Later<void>;
  turn(caller: string): Later<void>;
  /** Whether anyone else has had a turn, or asked for one, lately. */
  hasOthers(caller: string): boolean;
  /** Whose request it is; rejects as the authenticator does. */
  credentialOf(req: IncomingMessage): Later<Credential>;
  /** What never became an operation. */
  refused(code: string, caller: Caller | null, from: string): void;
  /** The same of a request, counted. */
  refusedRequest(code: string, req: IncomingMessage): void;
  /** The same of a connection that is cut. */
  cutOff: CutOff;
}

/** Where no caller is known they are about who calls. */
const OF_CREDENTIALS: ReadonlySet<string> = new Set(['UNAUTHENTICATED', 'RATE_LIMITED']);

const CALLER = Symbol('caller');
/** On the request itself: in a weak map each would wait for the collector. */
interface KnownRequest extends IncomingMessage {
  [CALLER]?: Caller;
}

export function createAdmission(access: Access, metrics: Pick<Metrics, 'refusal'>): Admission {
  const turns = createCallerTurns({
    ...TURN_LIMITS,
    now: () => performance.now(),
    nextTurn: setImmediate,
    afterThis,
  });
  const refused: Admission['refused'] = (code, caller, from) => {
    if (!REFUSALS.includes(code)) return;
    const action = caller === null && OF_CREDENTIALS.has(code) ? 'authenticate' : 'request';
    access.record(caller, from, { action, sessionId: null, agentId: null, outcome: code });
  };
  const count: Admission['count'] = (caller, from) => access.rateLimit?.(caller, from);
  const turn: Admission['turn'] = (caller) => turns.turn(caller) ?? undefined;
  return {
    admit: (caller, from) => after(count(caller, from), () => turn(callerKey(caller, from))),
    count,
    turn,
    hasOthers: turns.hasOthers,
    credentialOf(req) {
      const { authenticate } = access.authenticator;
      return after(authenticate(req.headers.authorization, req.socket.remoteAddress ?? ''), (credential) => {
        (req as KnownRequest)[CALLER] = credential.caller;
        return credential;
      });
    },
    refused,
    cutOff(code, caller, from) {
      metrics.refusal(code);
      access.record(caller, from, { action: 'connection', sessionId: null, agentId: null, outcome: code });
    },
    refusedRequest(code, req) {
      metrics.refusal(code);
      refused(code, (req as KnownRequest)[CALLER] ?? null, req.socket.remoteAddress ?? '');
    },
  };
}
