import { randomBytes, randomUUID } from 'node:crypto';
import {
  type DocumentNode,
  execute,
  type GraphQLObjectType,
  type GraphQLUnionType,
  getOperationAST,
  type OperationDefinitionNode,
  parse,
} from 'graphql';
import { expect, it, onTestFinished } from 'vitest';
import type { JsonObject } from '../../../src/domain/json/json-value.js';
import { createSessionService, type SessionReads } from '../../../src/domain/sessions/session-service.js';
import { wholeText } from '../../../src/graphql/answer-text.js';
import type { RequestContext } from '../../../src/graphql/context.js';
import { createLoaders, type LoaderSources } from '../../../src/graphql/loading/loaders.js';
import { createPlan, type ReadyOperation } from '../../../src/graphql/plan/plan.js';
import { createSchema } from '../../../src/graphql/schema.js';
import { useFile } from './stage.js';

const schema = createSchema();
/** Every field of every kind of block, each under a name of its own. */
const BLOCKS = (schema.getType('ContentBlock') as GraphQLUnionType).getTypes();
const QUERY =
  parse(`{ session(sessionId: "s") { agent(agentId: "a") { messages(first: 200) { nodes { __typename text blocks content {
  kind: __typename
  ${BLOCKS.map((type) => `... on ${type.name} { ${fieldsOf(type)} last: __typename }`).join('\n')}
} } } } } }`);

function fieldsOf(type: GraphQLObjectType): string {
  return Object.keys(type.getFields())
    .map((field) => `${type.name}_${field}: ${field}`)
    .join(' ');
}

const shapes = (text: string): JsonObject[] => {
  const source = { bytes: 'aGVsbG8=', note: text };
  return [
    { text },
    { reasoningContent: { reasoningText: { text, signature: text }, redactedContent: 'aGk=' } },
    {
      toolUse: {
        toolUseId: text,
        name: text,
        input: { [text]: [text, 1.5, null, { a: true }] },
        reasoningSignature: text,
      },
    },
    { toolResult: { toolUseId: text, status: text, content: [{ text }, { json: { [text]: text } }] } },
    { image: { format: text, source } },
    { video: { format: text, source } },
    { audio: { format: text, source } },
    { document: { format: text, name: text, context: text, citations: { enabled: true, text }, source } },
    { citationsContent: { content: [{ text }, { text }], citations: [{ title: text, location: { n: 1 } }] } },
    { guardContent: { text: { text, qualifiers: [text] } } },
    { cachePoint: { type: text, ttl: text } },
    { [`other ${text}`]: text, 1: text },
  ];
};

it('what a message holds is shown as it was written, with escapes or without, by both executions', async () => {
  const file = await useFile();
  onTestFinished(() => file.remove());
  const { sessions: store } = await file.open();
  const service = createSessionService({ store, now: () => new Date(), randomBytes, newId: randomUUID });
  const texts = ['plain', 'é 漢字 😀 \u2028', 'a "quoted" text', 'two\nlines', '', 'x'.repeat(70_000)];
  for (const [index, text] of texts.entries()) {
    const messages = [shapes(text), ...shapes(text).map((block) => [block])].map((content) => ({
      role: 'user' as const,
      content,
    }));
    await service.appendMessages({
      sessionId: 's',
      agentId: 'a',
      createIfMissing: true,
      messages,
      idempotencyKey: `${index}`,
    });
  }
  const answers = [
    await interpreted(service, QUERY),
    await planned(service, QUERY),
    // Without what the store knows of its JSON.
    await planned(copying(service), QUERY),
  ];
  const expected = texts.flatMap((text) => [shapes(text), ...shapes(text).map((block) => [block])]);
  for (const answer of answers) {
    const { nodes } = JSON.parse(answer).data.session.agent.messages;
    expect(nodes.map(({ blocks }: { blocks: unknown }) => blocks)).toEqual(expected);
    // Of texts of megabytes a difference would not be shown.
    expect(answer === answers[0]).toBe(true);
  }
});

/** The same service, whose messages hold copies. */
const copying = (service: SessionReads): SessionReads => ({
  ...service,
  async loadAgents(requests) {
    const found = await service.loadAgents(requests);
    for (const { pages } of found.flat())
      for (const message of pages.flatMap(({ messages }) => messages))
        message.content = structuredClone(message.content);
    return found;
  },
});

const contextOf = (service: SessionReads) =>
  ({
    service,
    loaders: createLoaders({ service, replies: {} as LoaderSources['replies'] }),
    refused: () => {},
    begin() {},
  }) as unknown as RequestContext;

async function interpreted(service: SessionReads, document: DocumentNode): Promise<string> {
  return JSON.stringify(await execute({ schema, document, contextValue: contextOf(service) }));
}

async function planned(service: SessionReads, document: DocumentNode): Promise<string> {
  const operation = getOperationAST(document) as OperationDefinitionNode;
  const mask = (error: unknown) => ({ message: String(error) });
  const ready = createPlan(schema, document, operation, mask, () => {}).with({}) as ReadyOperation;
  return wholeText((await ready.execute(contextOf(service))).json);
}
