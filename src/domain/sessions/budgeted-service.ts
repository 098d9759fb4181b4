import type { ReadBudget } from '../read-budget.js';
import type { SessionService } from './session-service.js';

/** The service whose reads all draw on one budget, that of the operation that they are made for, and whose writes are its caller's. */
export function budgetedService(service: SessionService, budget: ReadBudget): SessionService {
  const { caller } = budget;
  return {
    countSessions: (filter, within) => service.countSessions(filter, within, budget),
    findSessions: (query) => service.findSessions(query, budget),
    loadSessions: (ids, parts) => service.loadSessions(ids, parts, budget),
    loadAgents: (requests) => service.loadAgents(requests, budget),
    loadSuperseding: (requests) => service.loadSuperseding(requests, budget),
    loadUsage: (requests) => service.loadUsage(requests, budget),
    loadMessages: (addresses, parts) => service.loadMessages(addresses, parts, budget),
    createSession: (input) => service.createSession(input, caller),
    deleteSession: (sessionId) => service.deleteSession(sessionId, caller),
    eraseSessions: (input) => service.eraseSessions(input, caller),
    upsertAgent: (input) => service.upsertAgent(input, caller),
    appendMessages: (input) => service.appendMessages(input, caller),
    recordMetrics: (input) => service.recordMetrics(input, caller),
    redactMessage: (input) => service.redactMessage(input, caller),
    recordGuardrailEvent: (input) => service.recordGuardrailEvent(input, caller),
    updateMetadata: (input) => service.updateMetadata(input, caller),
    deleteMetadata: (input) => service.deleteMetadata(input, caller),
    addFeedback: (input) => service.addFeedback(input, caller),
  };
}
