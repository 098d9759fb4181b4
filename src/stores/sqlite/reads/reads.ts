import { agentsRead } from './read-agents.js';
import { messagesRead } from './read-messages.js';
import { feedbackRead, pageRead, sessionsRead } from './read-sessions.js';
import { supersedingRead } from './read-superseding.js';
import { usageRead } from './read-usage.js';

/** What is read within a budget: what is small where it is asked for, what is large by a thread. */
export const READS = {
  findSessions: pageRead,
  loadSessions: sessionsRead,
  loadAgents: agentsRead,
  loadSuperseding: supersedingRead,
  loadMessages: messagesRead,
  loadUsage: usageRead,
  loadFeedback: feedbackRead,
};

export type ReadName = keyof typeof READS;
