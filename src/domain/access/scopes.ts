import { aroundCalled } from '../around.js';
import { ParleyError } from '../errors.js';
import type { SessionService } from '../sessions/session-service.js';
import type { Policy, Scope } from './policy.js';

/** What each operation needs. A new one without a line here does not compile. */
const SCOPE_OF: Readonly<Record<keyof SessionService, Scope>> = {
  findSessions: 'read',
  countSessions: 'read',
  loadSessions: 'read',
  loadAgents: 'read',
  loadSuperseding: 'read',
  loadMessages: 'read',
  loadUsage: 'read',
  createSession: 'append',
  upsertAgent: 'append',
  appendMessages: 'append',
  recordMetrics: 'append',
  redactMessage: 'redact',
  recordGuardrailEvent: 'redact',
  updateMetadata: 'metadata',
  deleteMetadata: 'metadata',
  addFeedback: 'feedback',
  deleteSession: 'delete',
  eraseSessions: 'delete',
};

const NEEDED = [...new Set(Object.values(SCOPE_OF))];

/** FORBIDDEN where the policy lacks the scope. */
export function requireScope({ scopes }: Policy, scope: Scope): void {
  if (!scopes.has(scope)) {
    throw new ParleyError('FORBIDDEN', `This needs the scope ${scope}, which the credential does not have.`);
  }
}

/** The service for whoever has the scopes: FORBIDDEN before anything else happens. */
export function scopedService(service: SessionService, policy: Policy): SessionService {
  if (NEEDED.every((scope) => policy.scopes.has(scope))) return service;
  return aroundCalled(service, (call, name) => async (...input) => {
    requireScope(policy, SCOPE_OF[name]);
    return call(...input);
  });
}
