import type { ReadBudget } from '../read-budget.js';
import type { SessionService } from './session-service.js';

/** The service whose reads all draw on one budget: that of the operation that they are made for. */
export function budgetedService(service: SessionService, budget: ReadBudget): SessionService {
  return {
    ...service,
    countSessions: (filter, within) => service.countSessions(filter, within, budget),
    findSessions: (query) => service.findSessions(query, budget),
    loadSessions: (ids, parts) => service.loadSessions(ids, parts, budget),
    loadAgents: (requests) => service.loadAgents(requests, budget),
    loadUsage: (requests) => service.loadUsage(requests, budget),
    loadMessages: (addresses, parts) => service.loadMessages(addresses, parts, budget),
  };
}
