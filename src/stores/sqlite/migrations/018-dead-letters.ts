/** Dead letters go with their sessions, of which thousands may be deleted in a second. */
export const deadLetters = `
CREATE INDEX webhook_events_dead ON webhook_events (endpoint, session_id) WHERE dead_at IS NOT NULL;
`;
