import { type GraphQLArgument, type GraphQLInputType, isNonNullType } from 'graphql';
import type { Scope } from '../../src/domain/access/policy.js';
import { createSchema } from '../../src/graphql/schema.js';

/** What each root field needs, null: a credential of any scope; one that is missing here fails test/e2e/access-fields.test.ts. */
export const NEEDS: Record<string, Scope | null> = {
  'Query.caller': null,
  'Query.node': 'read',
  'Query.session': 'read',
  'Query.sessions': 'read',
  'Query.serverStatus': 'admin',
  'Query.auditLog': 'admin',
  'Query.webhookEndpoints': 'admin',
  'Query.webhookDeadLetters': 'admin',
  'Mutation.createSession': 'append',
  'Mutation.deleteSession': 'delete',
  'Mutation.eraseSessions': 'delete',
  'Mutation.upsertAgent': 'append',
  'Mutation.appendMessages': 'append',
  'Mutation.recordMetrics': 'append',
  'Mutation.redactMessage': 'redact',
  'Mutation.updateMetadata': 'metadata',
  'Mutation.deleteMetadata': 'metadata',
  'Mutation.addFeedback': 'feedback',
  'Mutation.createSessionToken': 'read',
  'Mutation.startReply': 'reply',
  'Mutation.continueReply': 'reply',
  'Mutation.finishReply': 'reply',
  'Mutation.abortReply': 'reply',
  'Mutation.writeSnapshot': 'snapshot',
  'Mutation.deleteSnapshot': 'snapshot',
  'Subscription.messageAdded': 'read',
  'Subscription.sessionEvents': 'read',
  'Subscription.sessionActivity': 'read',
};

const INPUTS: Record<string, object> = {
  createSession: { sessionId: 'made' },
  deleteSession: { sessionId: 'nobody' },
  eraseSessions: { filter: { sessionIds: ['nobody'] } },
  upsertAgent: { sessionId: 'nobody', agentId: 'a' },
  appendMessages: { sessionId: 'nobody', agentId: 'a', messages: [{ role: 'USER', text: 'x' }] },
  recordMetrics: { sessionId: 'nobody', agentId: 'a', messageId: 0, metrics: {} },
  redactMessage: {
    sessionId: 'nobody',
    agentId: 'a',
    messageId: 0,
    replacement: { role: 'USER', text: '-' },
  },
  updateMetadata: { sessionId: 'nobody', set: { a: 1 } },
  deleteMetadata: { sessionId: 'nobody', paths: ['a'] },
  addFeedback: { sessionId: 'nobody', rating: 'UP' },
  createSessionToken: { sessionId: 'nobody', scopes: ['READ'] },
  startReply: { sessionId: 'nobody', agentId: 'a' },
  continueReply: { replyId: 'none', epoch: 1, offset: 0, parts: [] },
  finishReply: { replyId: 'none', epoch: 1 },
  abortReply: { replyId: 'none' },
  writeSnapshot: { sessionId: 'nobody', key: 'k', data: '' },
  deleteSnapshot: { sessionId: 'nobody', key: 'k' },
};

export interface RootField {
  type: 'Query' | 'Mutation' | 'Subscription';
  name: string;
  document: string;
  variables: object;
}

/** Every root field of the schema, as a document that asks for it. */
export function rootFields(): RootField[] {
  const schema = createSchema();
  return (['Query', 'Mutation', 'Subscription'] as const).flatMap((type) => {
    const fields = (
      schema.getType(type) as unknown as { getFields(): Record<string, { args: GraphQLArgument[] }> }
    ).getFields();
    return Object.entries(fields).map(([name, { args }]) => {
      const needed = args.filter(({ type: argument }) => isNonNullType(argument));
      const inputs: [string, GraphQLInputType, unknown][] = needed.map(({ name: argument, type: of }) => [
        argument,
        of,
        argument === 'input' ? INPUTS[name] : argument === 'id' ? globalId : 'nobody',
      ]);
      const declared = inputs.map(([argument, of]) => `$${argument}: ${of}`).join(', ');
      const passed = inputs.map(([argument]) => `${argument}: $${argument}`).join(', ');
      const list = {
        sessions: '{ nodes { sessionId } }',
        serverStatus: '{ ready }',
        auditLog: '{ nodes { action } }',
      };
      return {
        type,
        name,
        document: `${type.toLowerCase()} Ask${declared && `(${declared})`} { ${name}${passed && `(${passed})`} ${(list as Record<string, string>)[name] ?? '{ __typename }'} }`,
        variables: Object.fromEntries(inputs.map(([argument, , value]) => [argument, value])),
      };
    });
  });
}
const globalId = Buffer.from(JSON.stringify(['Session', 'nobody'])).toString('base64url');
