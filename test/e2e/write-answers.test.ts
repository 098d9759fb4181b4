import { beforeAll, describe, expect, it } from 'vitest';
import { codes } from '../support/access.js';
import { answerOf, fieldsOf } from '../support/every-field.js';
import { guardedServer } from '../support/guarded-server.js';
import { NEEDS } from '../support/root-fields.js';
import { SERVERS } from '../support/server-on-mongo.js';

/**
 * What a write tells whoever may not read, by the type that has the field: identities, and what was given. A field that is not here has to
 * be FORBIDDEN, so that a new one tells nothing before somebody has thought of it.
 */
const TOLD: Record<string, readonly string[]> = {
  Session: ['id', 'sessionId', 'metadata', 'type', 'applicationName'],
  Agent: ['id', 'agentId', 'model', 'systemPrompt', 'promptMetadata', 'state', 'conversationManagerState'],
  Message: [
    ...['id', 'messageId', 'position', 'createdAt', 'role', 'text', 'content', 'blocks', 'metadata'],
    ...['author', 'awaitingApproval', 'clientId', 'trackingId', 'supersedes', 'metrics', 'redacted'],
    'guardrailEvent',
  ],
  Feedback: ['rating', 'comment', 'createdAt', 'fields'],
  Snapshot: ['key', 'data', 'writtenAt'],
  Reply: [
    ...['replyId', 'sessionId', 'agentId', 'state', 'offset', 'durability', 'replyTimeout', 'startedAt'],
    ...['reason', 'endedAt', 'message'],
  ],
  StartReplyPayload: ['replyId', 'epoch', 'offset'],
  ContinueReplyPayload: ['offset'],
  DeleteSessionPayload: ['sessionId'],
  DeleteSnapshotPayload: ['key'],
  // Whoever may delete is told what a filter matches.
  EraseSessionsPayload: ['dryRun', 'sessionIds', 'matched', 'more'],
  ErasureReceipt: ['at', 'callerKind', 'callerId', 'callerName', 'sessions', 'digest', 'remains'],
};

const S = { sessionId: 'secrets' };
const MESSAGE = { ...S, agentId: 'a', messageId: 0 };
const stored = { note: 'stored' };

/** `createSessionToken` needs the scope read. */
const WRITES = Object.entries(NEEDS).flatMap(([label, scope]) =>
  label.startsWith('Mutation.') && scope && scope !== 'read' ? [[label.slice(9), scope] as const] : [],
);

describe.each(SERVERS)('on %s', (_engine, start) => {
  const stage = guardedServer(start);

  const write = async (bearer: string, name: string, input: object, selection = '__typename') => {
    const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input`;
    const document = `mutation ($input: ${type}!) { ${name}(input: $input) { ${selection} } }`;
    return stage.ask(bearer, document, { input });
  };
  const prepare = async (name: string, input: object) =>
    expect((await write(stage.everything, name, input)).errors).toBeUndefined();

  let count = 0;
  /** A reply of which others have said something. */
  async function grownReply(): Promise<string> {
    const replyId = `reply-${count++}`;
    await prepare('startReply', { ...S, agentId: 'a', replyId });
    const parts = [{ block: 0, text: 'stored words' }];
    await write(stage.everything, 'continueReply', { replyId, epoch: 1, offset: 0, parts }, 'offset');
    return replyId;
  }

  /** What each mutation is given, once all of it that can be known is there. */
  const INPUTS: Record<string, () => object | Promise<object>> = {
    createSession: () => ({ sessionId: `made-${count++}` }),
    async deleteSession() {
      await prepare('createSession', { sessionId: 'gone', metadata: stored });
      return { sessionId: 'gone' };
    },
    async eraseSessions() {
      await prepare('createSession', { sessionId: 'erased' });
      return { filter: { sessionIds: ['erased'] } };
    },
    upsertAgent: () => ({ ...S, agentId: 'a' }),
    appendMessages: () => ({ ...S, agentId: 'a', messages: [{ role: 'USER', text: 'mine' }] }),
    recordMetrics: () => ({ ...MESSAGE, metrics: { cycle_metrics: { cycle_count: 1 } } }),
    redactMessage: () => ({ ...MESSAGE, messageId: 1, replacement: { role: 'USER', text: '-' } }),
    updateMetadata: () => ({ ...S, set: { mine: 1 } }),
    deleteMetadata: () => ({ ...S, paths: ['mine'] }),
    addFeedback: () => ({ ...S, rating: 'UP', comment: 'mine' }),
    startReply: async () => ({ ...S, agentId: 'a', replyId: await grownReply() }),
    continueReply: async () => ({ replyId: await grownReply(), epoch: 1, offset: 12, parts: [] }),
    finishReply: async () => ({ replyId: await grownReply(), epoch: 1 }),
    async abortReply() {
      const replyId = await grownReply();
      await prepare('abortReply', { replyId, reason: 'stored reason', keep: 'MESSAGE' });
      return { replyId, keep: 'MESSAGE' };
    },
    writeSnapshot: () => ({ ...S, key: 'mine', data: 'bWluZQ==' }),
    deleteSnapshot: () => ({ ...S, key: 'mine' }),
  };

  beforeAll(async () => {
    await prepare('createSession', { ...S, metadata: stored, applicationName: 'stored' });
    const about = { state: stored, conversationManagerState: stored, promptMetadata: stored };
    await prepare('upsertAgent', { ...S, agentId: 'a', model: 'stored', systemPrompt: 'stored', ...about });
    const said = { role: 'USER', text: 'stored', metadata: { ...stored, usage: { inputTokens: 7 } } };
    await prepare('appendMessages', { ...S, agentId: 'a', messages: [said, said, said] });
    const guardrailEvent = { action: 'stored', trace: stored };
    const replacement = { role: 'USER', text: 'stored' };
    await prepare('redactMessage', { ...MESSAGE, replacement, guardrailEvent });
    await prepare('addFeedback', { ...S, comment: 'stored', fields: stored });
    await prepare('writeSnapshot', { ...S, key: 'k', data: Buffer.from('stored').toString('base64') });
  });

  describe('a write without the scope read', () => {
    it('is tried of every mutation', () => {
      expect(WRITES.map(([name]) => name).sort()).toEqual(Object.keys(INPUTS).sort());
    });

    it('that metadata are in the way of says nothing of what they are', async () => {
      await prepare('updateMetadata', { ...S, set: { list: ['stored', 'stored'], number: 7 } });
      const refused = new Set<string | undefined>();
      for (const path of ['note.x', 'list.x', 'list.5000', 'number.x']) {
        const { errors = [] } = await write(stage.bearers.metadata, 'updateMetadata', {
          ...S,
          set: { [path]: 1 },
        });
        expect(errors[0]?.extensions.code).toBe('INVALID_METADATA_PATH');
        refused.add(errors[0]?.message);
      }
      expect(refused.size).toBe(1);
    });

    it.each(WRITES)('%s tells nothing that others have stored, field by field', async (name, scope) => {
      const input = INPUTS[name] as (typeof INPUTS)[string];
      for (const { on, field, selection } of fieldsOf(answerOf(`Mutation.${name}`))) {
        const answer = await write(stage.bearers[scope], name, await input(), selection);
        const text = JSON.stringify(answer);
        expect(text, `${name} { ${selection} }`).not.toMatch(/stored|c3RvcmVk/);
        const refused = codes(answer).length > 0;
        if (refused)
          expect(new Set(codes(answer)), `${name} { ${selection} }`).toEqual(new Set(['FORBIDDEN']));
        else expect(TOLD[on], `${on}.${field} of ${name} is told`).toContain(field);
      }
    });
  });
});
