import { randomBytes, randomUUID } from 'node:crypto';
import { execute, type GraphQLObjectType, getNamedType, isLeafType, parse } from 'graphql';
import { expect, it, onTestFinished } from 'vitest';
import { createSessionService, type SessionService } from '../../../src/domain/sessions/session-service.js';
import { createCursorCodec } from '../../../src/graphql/cursor.js';
import { createLoaders, type LoaderSources } from '../../../src/graphql/loading/loaders.js';
import { createSchema } from '../../../src/graphql/schema.js';
import { useFile } from './stage.js';

const schema = createSchema();
const MESSAGE = schema.getType('Message') as GraphQLObjectType;
const WAYS = {
  'with its agent': (fields: string) =>
    `{ session(sessionId: "s") { agents { messages(first: 5) { nodes { ${fields} } } } } }`,
  'with one agent': (fields: string) =>
    `{ session(sessionId: "s") { agent(agentId: "a") { messages(last: 5) { edges { node { ${fields} } } } } } }`,
  'by its page': (fields: string) =>
    `{ session(sessionId: "s") { agents { messages(first: 5, from: 0) { nodes { ${fields} } } } } }`,
  'among those that stand': (fields: string) =>
    `{ session(sessionId: "s") { agents { messages(first: 5, standing: true) { nodes { ${fields} } } } } }`,
};

async function messages(service: SessionService) {
  const usage = { inputTokens: 2, outputTokens: 3, totalTokens: 5 };
  const said = { role: 'assistant' as const, metadata: { usage, author: 'me' } };
  const named = { clientId: 'c', trackingId: 't', createdAt: new Date(Date.UTC(2026, 0, 5)) };
  await service.appendMessages({
    sessionId: 's',
    agentId: 'a',
    createIfMissing: true,
    messages: [
      { role: 'user', text: 'one' },
      { ...said, ...named, text: 'two', supersedes: [{ from: 0, to: 0 }] },
      { ...said, content: [{ text: 'a' }, { toolUse: { toolUseId: 'x', name: 'n', input: {} } }] },
    ],
  });
  const address = { sessionId: 's', agentId: 'a', messageId: 2 };
  await service.recordMetrics({ address, metrics: { latencyMs: 7 } });
  await service.redactMessage({ address, replacement: { role: 'assistant', text: '-' } });
}

it.each(Object.entries(WAYS))(
  'each field of a message is what it is beside all others: %s',
  async (_, way) => {
    const file = await useFile();
    onTestFinished(() => file.remove());
    const { sessions: store } = await file.open();
    const service = createSessionService({ store, now: () => new Date(), randomBytes, newId: randomUUID });
    await messages(service);
    const ask = async (fields: string) => {
      const loaders = createLoaders({ service, replies: {} as LoaderSources['replies'] });
      const contextValue = { service, loaders, cursors: createCursorCodec(Buffer.alloc(32, 7)) };
      const { data, errors } = await execute({ schema, document: parse(way(fields)), contextValue });
      expect(errors).toBeUndefined();
      return nodesIn(data);
    };
    const fields = Object.values(MESSAGE.getFields()).map(({ name, type }) =>
      isLeafType(getNamedType(type)) ? name : `${name} { __typename }`,
    );
    const whole = await ask(fields.join(' '));
    expect(whole.length).toBeGreaterThan(1);
    for (const [index, name] of Object.keys(MESSAGE.getFields()).entries()) {
      expect(await ask(fields[index] as string)).toEqual(whole.map((message) => ({ [name]: message[name] })));
    }
  },
);

/** The messages of an answer, wherever they lie. */
function nodesIn(data: unknown): Record<string, unknown>[] {
  const { session } = JSON.parse(JSON.stringify(data));
  const page = (session.agent ?? session.agents[0]).messages;
  return page.nodes ?? page.edges.map(({ node }: { node: object }) => node);
}
