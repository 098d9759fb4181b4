import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Message } from '../../../src/domain/sessions/model.js';
import {
  agentGlobalId,
  messageAddressOf,
  messageGlobalId,
  parseGlobalId,
  sessionGlobalId,
} from '../../../src/graphql/global-id.js';
import { createStage, type Stage } from './stage.js';

const name = fc.string({ minLength: 1, unit: 'binary' });

describe('a global id', () => {
  it('names what it was made of, whatever the names are', () => {
    fc.assert(
      fc.property(name, name, fc.nat(), (sessionId, agentId, position) => {
        expect(parseGlobalId(sessionGlobalId(sessionId))).toEqual({ type: 'Session', sessionId });
        expect(parseGlobalId(agentGlobalId(sessionId, agentId))).toEqual({
          type: 'Agent',
          sessionId,
          agentId,
        });
        const at = { sessionId, agentId, position } as Message;
        expect(messageAddressOf(messageGlobalId({ ...at, storageId: null }))).toEqual({
          sessionId,
          agentId,
          position,
        });
        expect(messageAddressOf(messageGlobalId({ ...at, storageId: 'f'.repeat(32) }))).toEqual({
          sessionId,
          agentId,
          storageId: 'f'.repeat(32),
        });
      }),
    );
  });

  it('is none where no list is so long', () => {
    const at = { sessionId: 's', agentId: 'a', storageId: null };
    expect(parseGlobalId(messageGlobalId({ ...at, position: 2 ** 31 - 1 } as Message))).not.toBeNull();
    expect(parseGlobalId(messageGlobalId({ ...at, position: 2 ** 31 } as Message))).toBeNull();
  });

  it('is unlike that of anything else', () => {
    expect(sessionGlobalId('a')).not.toBe(agentGlobalId('a', ''));
    expect(agentGlobalId('a', 'b')).not.toBe(agentGlobalId('ab', ''));
  });

  it.each([
    '',
    's1',
    'zzz',
    '####',
    'bnVsbA',
    'e30',
    Buffer.from('["Session",1]').toString('base64url'),
    Buffer.from('["User","x"]').toString('base64url'),
    Buffer.from('["Message","a","b",-1]').toString('base64url'),
    Buffer.from('["Session","a","b","c","d"]').toString('base64url'),
  ])('is not %j', (id) => {
    expect(parseGlobalId(id)).toBeNull();
    expect(() => messageAddressOf(id)).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }));
  });

  it('of a session does not address a message', () => {
    expect(() => messageAddressOf(sessionGlobalId('a'))).toThrow(
      expect.objectContaining({ code: 'BAD_USER_INPUT' }),
    );
  });
});

describe('node', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = createStage();
    await stage.service.appendMessages({
      sessionId: 'S 1',
      agentId: '__proto__',
      createIfMissing: true,
      messages: [{ role: 'user', text: 'Hello' }],
    });
  });

  it('gives every object again by the id that it showed', async () => {
    const { data } = await stage.run(`{ session(sessionId: "S 1") { __typename id
      agents { __typename id messages { nodes { __typename id } } } } }`);
    const { session } = data;
    const [agent] = session.agents;
    const [message] = agent.messages.nodes;
    for (const { __typename, id } of [session, agent, message]) {
      expect(
        (await stage.run('query ($id: ID!) { node(id: $id) { __typename id } }', { id })).data.node,
      ).toEqual({
        __typename,
        id,
      });
    }
    const all = await stage.run(
      `query ($s: ID!, $a: ID!, $m: ID!) {
        s: node(id: $s) { ... on Session { sessionId } }
        a: node(id: $a) { ... on Agent { agentId messages(last: 1) { nodes { text } } } }
        m: node(id: $m) { ... on Message { position text } } }`,
      { s: session.id, a: agent.id, m: message.id },
    );
    expect(all.data).toEqual({
      s: { sessionId: 'S 1' },
      a: { agentId: '__proto__', messages: { nodes: [{ text: 'Hello' }] } },
      m: { position: 0, text: 'Hello' },
    });
  });

  it.each([
    ['what is no id', 'zzz'],
    ['a session that is not there', sessionGlobalId('nobody')],
    ['an agent that is not there', agentGlobalId('S 1', 'nobody')],
    [
      'a message that is not there',
      messageGlobalId({ sessionId: 'S 1', agentId: '__proto__', storageId: null, position: 7 } as Message),
    ],
  ])('is null for %s', async (_name, id) => {
    const { data, errors } = await stage.run('query ($id: ID!) { node(id: $id) { id } }', { id });
    expect(errors).toBeUndefined();
    expect(data.node).toBeNull();
  });
});
