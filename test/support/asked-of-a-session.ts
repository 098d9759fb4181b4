import { answerOf, everyFieldApart } from './every-field.js';

const LEVELS = 5;
/** In everything that is stored beyond the reach of the callers, and in nothing else. */
export const SECRET = 'c0ffee5ec2e7';

export const globalId = (...parts: (string | number)[]) =>
  Buffer.from(JSON.stringify(parts)).toString('base64url');
export const replyOf = (id: string) => `reply of ${id}`;
export const message = { role: 'USER', text: 'x' };

/** What each root field is asked of a session by its id, in several ways; null: it is about none, or for all of them (below). */
export const ABOUT: Record<string, ((id: string) => object)[] | null> = {
  'Query.caller': null,
  'Query.sessions': [
    (id) => ({ filter: { sessionIds: [id] } }),
    (id) => ({ filter: { sessionIdPrefix: id } }),
    (id) => ({ filter: { or: [{ sessionIds: [id] }, { not: { sessionType: 'AGENT' } }] } }),
    () => ({ filter: { metadata: [{ path: 'secret', eq: SECRET }] } }),
    () => ({ filter: { agentIds: [SECRET] } }),
  ],
  'Query.serverStatus': null,
  'Query.auditLog': [(id) => ({ sessionId: id })],
  'Query.webhookEndpoints': null,
  'Query.webhookDeadLetters': null,
  'Query.node': [
    (id) => ({ id: globalId('Session', id) }),
    (id) => ({ id: globalId('Agent', id, 'a') }),
    (id) => ({ id: globalId('Message', id, 'a', 0) }),
  ],
  'Query.session': [(id) => ({ sessionId: id })],
  'Mutation.createSession': null,
  'Mutation.deleteSession': [(id) => ({ input: { sessionId: id } })],
  'Mutation.eraseSessions': [
    (id) => ({ input: { filter: { sessionIds: [id] }, dryRun: true } }),
    (id) => ({ input: { filter: { sessionIds: [id] } } }),
  ],
  'Mutation.upsertAgent': [(id) => ({ input: { sessionId: id, agentId: 'a' } })],
  'Mutation.appendMessages': [
    (id) => ({ input: { sessionId: id, agentId: 'a', messages: [message] } }),
    (id) => ({ input: { sessionId: id, agentId: 'a', messages: [message], expectedMessageCount: 7 } }),
    (id) => ({ input: { sessionId: id, agentId: 'a', messages: [message], idempotencyKey: 'known' } }),
    (id) => ({ input: { sessionId: id, agentId: 'a', messages: [{ ...message, clientId: 'client' }] } }),
  ],
  'Mutation.recordMetrics': [
    (id) => ({ input: { sessionId: id, agentId: 'a', messageId: 0, metrics: {} } }),
    (id) => ({ input: { id: globalId('Message', id, 'a', 0), metrics: {} } }),
  ],
  'Mutation.redactMessage': [
    (id) => ({ input: { sessionId: id, agentId: 'a', clientId: 'client', replacement: message } }),
  ],
  'Mutation.updateMetadata': [
    (id) => ({ input: { sessionId: id, set: { a: 1 } } }),
    (id) => ({ input: { sessionId: id, set: { 'secret.x': 1 } } }),
  ],
  'Mutation.deleteMetadata': [(id) => ({ input: { sessionId: id, paths: ['secret'] } })],
  'Mutation.addFeedback': [(id) => ({ input: { sessionId: id, rating: 'UP' } })],
  'Mutation.createSessionToken': [(id) => ({ input: { sessionId: id, scopes: ['READ'] } })],
  'Mutation.startReply': [(id) => ({ input: { sessionId: id, agentId: 'a' } })],
  'Mutation.continueReply': [
    (id) => ({ input: { replyId: replyOf(id), epoch: 1, offset: 0, parts: [] } }),
    (id) => ({ input: { replyId: replyOf(id), epoch: 1, offset: 99, parts: [] } }),
    (id) => ({ input: { replyId: replyOf(id), epoch: 9, offset: 0, parts: [] } }),
  ],
  'Mutation.finishReply': [(id) => ({ input: { replyId: replyOf(id), epoch: 1 } })],
  'Mutation.abortReply': [
    (id) => ({ input: { replyId: replyOf(id) } }),
    (id) => ({ input: { replyId: replyOf(id), keep: 'MESSAGE' } }),
  ],
  'Mutation.writeSnapshot': [(id) => ({ input: { sessionId: id, key: 'k', data: '' } })],
  'Mutation.deleteSnapshot': [(id) => ({ input: { sessionId: id, key: 'k' } })],
  'Subscription.messageAdded': [(id) => ({ sessionId: id, replies: true })],
  'Subscription.sessionEvents': [(id) => ({ sessionId: id, replies: true })],
  'Subscription.sessionActivity': null,
};
/** The types of the arguments that are given. */
const TYPES: Record<string, string> = {
  filter: 'SessionFilter',
  sessionId: 'ID!',
  id: 'ID!',
  replies: 'Boolean',
  first: 'Int',
};

/** `snapshot` is what a session token cannot ask for; `edges` have nothing that `nodes` have not. */
const WITHOUT = ['snapshot', 'snapshotKeys', 'edges'];

/** Documents that ask for every field of the answer together. */
export function documentsOf(label: string, variables: object): string[] {
  const [root = '', name = ''] = label.split('.');
  const typeOf = (argument: string) =>
    argument === 'input' ? `${name[0]?.toUpperCase()}${name.slice(1)}Input!` : TYPES[argument];
  const names = Object.keys(variables);
  const declared = names.map((argument) => `$${argument}: ${typeOf(argument)}`).join(', ');
  const given = names.map((argument) => `${argument}: $${argument}`).join(', ');
  const call = names.length > 0 ? `${name}(${given})` : name;
  const levels = root === 'Mutation' ? 3 : LEVELS;
  return everyFieldApart(answerOf(label), levels, WITHOUT).map(
    (selection) => `${root.toLowerCase()} Ask${declared && `(${declared})`} { ${call} { ${selection} } }`,
  );
}

/** The answer, without what any two answers differ in, and with the ids taken out. */
export function anonymous(answer: object, id: string): string {
  const text = JSON.stringify(answer, (key, value) =>
    ['headers', 'cursor', 'startCursor', 'endCursor', 'correlationId'].includes(key) ? null : value,
  );
  const globals = [globalId('Session', id), globalId('Agent', id, 'a'), globalId('Message', id, 'a', 0)];
  return [...globals, id].reduce((left, word) => left.replaceAll(word, '<id>'), text);
}

/** Answers of operations that were never carried out. */
export const UNASKED =
  /GRAPHQL_VALIDATION_FAILED|GRAPHQL_PARSE_FAILED|QUERY_TOO_COMPLEX|BAD_REQUEST|UNAUTHENTICATED/;
