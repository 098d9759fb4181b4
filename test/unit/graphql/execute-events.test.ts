import { type ExecutionArgs, type execute, parse } from 'graphql';
import { expect, it } from 'vitest';
import type { LiveEvent } from '../../../src/domain/live/live-events.js';
import { createEventExecution } from '../../../src/graphql/execute-events.js';
import { createSchema } from '../../../src/graphql/schema.js';

const schema = createSchema();
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

function execution(texts = true) {
  const args: ExecutionArgs = { schema, document: DOCUMENT, variableValues: { id: 's', texts } };
  let contexts = 0;
  const inContext = async (run: (contextValue: unknown) => ReturnType<typeof execute>) => {
    contexts++;
    return run({});
  };
  return { events: createEventExecution(args, inContext), contexts: () => contexts };
}

const alone = async (events: readonly LiveEvent[], texts?: boolean) => {
  const results: string[] = [];
  for (const event of events)
    results.push(...(await execution(texts).events([event])).map((one) => JSON.stringify(one)));
  return results;
};

it.each([true, false])('events that are executed together give what each gives alone', async (texts) => {
  const events = [ready, added(0), added(1, [{ text: 'one' }, { unheardOf: {} }]), added(2)];
  const { events: run, contexts } = execution(texts);
  expect((await run(events)).map((one) => JSON.stringify(one))).toEqual(await alone(events, texts));
  expect(contexts()).toBe(1);
});

it('an error is of its own event alone, with its own path', async () => {
  const events = [added(0), broken, added(1)];
  const { events: run, contexts } = execution();
  const results = (await run(events)).map((one) => JSON.stringify(one));
  expect(results).toEqual(await alone(events));
  expect(results[1]).toContain('"path":["told","agentId"]');
  // Once together, then each by itself, and from now on no more together.
  expect(contexts()).toBe(4);
  await run([added(2), added(3)]);
  expect(contexts()).toBe(6);
});
