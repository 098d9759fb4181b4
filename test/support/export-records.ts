/* Records of an export, as its lines hold them. */

export const AT = '2026-01-05T10:00:00.000Z';

export const header = { parley: 'export', version: 2, from: 'sqlite', secrets: false, filter: null };

export function session(sessionId: string, applicationName = 'app') {
  const dates = { createdAt: AT, updatedAt: AT };
  const lists = { feedback: [], guardrailEvents: [], receipts: [] };
  return {
    kind: 'session',
    sessionId,
    sessionType: 'AGENT',
    applicationName,
    ...dates,
    metadata: {},
    ...lists,
  };
}

export const agent = {
  kind: 'agent',
  agentId: 'a',
  model: null,
  systemPrompt: null,
  promptMetadata: null,
  state: {},
  conversationManagerState: {},
  createdAt: AT,
  updatedAt: AT,
};

export const message = (position: number, text = `message ${position}`) => ({
  kind: 'message',
  position,
  messageId: position,
  storageId: null,
  clientId: `c${position}`,
  trackingId: null,
  role: 'user',
  content: [{ text }],
  redacted: false,
  metadata: null,
  eventLoopMetrics: null,
  guardrailEvent: null,
  createdAt: AT,
  updatedAt: AT,
});

export const snapshot = { kind: 'snapshot', key: 'session/s/scopes/a', writtenAt: AT, data: 'AAEC' };
