import { execute, type GraphQLError, parse } from 'graphql';
import { expect, it } from 'vitest';
import type { LiveEvent } from '../../../src/domain/live/live-events.js';
import type { RequestContext } from '../../../src/graphql/context.js';
import { createPlans } from '../../../src/graphql/plan/plans.js';
import { createSchema } from '../../../src/graphql/schema.js';
import { createEventExecution, type InContext } from '../../../src/graphql/subscriptions/execute-events.js';

const schema = createSchema();
const mask = (error: unknown) => (error as GraphQLError).toJSON();
const DOCUMENT = parse(`
  subscription ($id: ID!, $texts: Boolean!) {
    told: messageAdded(sessionId: $id) {
      kind: __typename cursor
      ... on Ready { sessionExists }
      ...Added
      ... on Resync { reason }
    }
  }
  fragment Added on MessageAdded {
    agentId
    message { position role text @include(if: $texts) content { __typename ... on TextBlock { text } } createdAt }
  }`);

const added = (position: number, content: object[] = [{ text: `message ${position}` }]) =>
  ({
    type: 'MessageAdded',
    cursor: `c${position}`,
    position: `p${position}`,
    agentId: 'a',
    message: {
      sessionId: 's',
      agentId: 'a',
      position,
      messageId: position,
      role: 'user',
      content,
      redacted: false,
      createdAt: new Date(position),
      updatedAt: new Date(position),
    },
  }) as unknown as LiveEvent;
const ready = { type: 'Ready', cursor: 'c', position: 'p', sessionExists: true, resumed: true } as LiveEvent;
const broken = {
  ...added(7),
  get agentId(): string {
    throw new Error('it cannot be had');
  },
} as unknown as LiveEvent;

const VARIABLES = { id: 's' };

function execution(texts = true) {
  const plan = createPlans(schema, mask).events(DOCUMENT, null);
  let contexts = 0;
  const inContext: InContext = async (run) => {
    contexts++;
    return run({ refused: () => {} } as Partial<RequestContext> as RequestContext);
  };
  return {
    events: createEventExecution(plan, { ...VARIABLES, texts }, inContext),
    contexts: () => contexts,
  };
}

/** What graphql-js makes of each. */
async function expected(events: readonly LiveEvent[], texts = true): Promise<string[]> {
  const results: string[] = [];
  for (const rootValue of events) {
    const variableValues = { ...VARIABLES, texts };
    const { data, errors } = await execute({ schema, document: DOCUMENT, variableValues, rootValue });
    results.push(JSON.stringify({ ...(errors ? { errors: errors.map(mask) } : {}), data }));
  }
  return results;
}

it.each([true, false])(
  'events that are executed together give what graphql-js gives for each',
  async (texts) => {
    const events = [ready, added(0), added(1, [{ text: 'one' }, { unheardOf: {} }]), added(2)];
    const { events: run, contexts } = execution(texts);
    expect(await run(events)).toEqual(await expected(events, texts));
    expect(contexts()).toBe(1);
  },
);

it('an error is of its own event alone, with its own path', async () => {
  const events = [added(0), broken, added(1)];
  const { events: run, contexts } = execution();
  const results = await run(events);
  expect(results).toEqual(await expected(events));
  expect(results[1]).toContain('"path":["told","agentId"]');
  // Once together, then each by itself, and from now on no more together.
  expect(contexts()).toBe(4);
  await run([added(2), added(3)]);
  expect(contexts()).toBe(6);
});

it('equal subscriptions share a plan, and no others', () => {
  const plans = createPlans(schema, mask);
  const text =
    'subscription A { messageAdded(sessionId: "a") { cursor } } subscription B { messageAdded(sessionId: "b") { cursor } }';
  const plan = plans.events(parse(text), 'A');
  expect(plans.events(parse(text), 'A')).toBe(plan);
  expect(plans.events(parse(text), 'B')).not.toBe(plan);
});
