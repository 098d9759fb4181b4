import type { GraphQLResolveInfo, OperationDefinitionNode } from 'graphql';
import { parse } from 'graphql';
import { expect, it } from 'vitest';
import { message } from '../../../src/graphql/resolvers/message.js';
import { reply, replyProgress } from '../../../src/graphql/resolvers/reply.js';

/** What a resolver is told where so many fields are asked of each element of its list. */
function infoOf(kind: 'query' | 'subscription', fields: number): GraphQLResolveInfo {
  const names = Array.from({ length: fields }, (_, index) => `f${index}: field`).join(' ');
  const [operation] = parse(`${kind} { list { ${names} } }`).definitions as [OperationDefinitionNode];
  const info = {
    fieldNodes: operation.selectionSet.selections,
    fragments: {},
    variableValues: {},
    operation,
  };
  return info as unknown as GraphQLResolveInfo;
}

// biome-ignore lint/suspicious/noExplicitAny: resolvers of any type are asked alike.
type Resolve = any;
const LISTS: [string, Resolve, (list: unknown[]) => object][] = [
  ['Message.supersedes', message.supersedes, (supersedes) => ({ supersedes })],
  [
    'Message.awaitingApproval',
    message.awaitingApproval,
    (approvals) => ({ metadata: { framework: { approvals } } }),
  ],
  ['Reply.blocks', reply.blocks, (blocks) => ({ blocks })],
  ['ReplyProgress.parts', replyProgress.parts, (parts) => ({ type: 'ReplyProgress', parts })],
];

it.each(LISTS)(
  '%s counts with what is asked of each element, in an operation and in an event',
  async (_name, resolve, parentOf) => {
    const asked = async (kind: 'query' | 'subscription', length: number) =>
      (await resolve(parentOf(Array(length).fill('x')), {}, {}, infoOf(kind, 300))).length;
    expect(await asked('query', 3_000)).toBe(3_000);
    await expect(async () => asked('query', 4_000)).rejects.toMatchObject({ code: 'QUERY_TOO_COMPLEX' });
    expect(await asked('subscription', 600)).toBe(600);
    await expect(async () => asked('subscription', 700)).rejects.toMatchObject({ code: 'QUERY_TOO_COMPLEX' });
  },
);

it('all lists of one execution that are too much are refused by one error', async () => {
  const info = infoOf('subscription', 300);
  const event = { type: 'ReplyProgress', parts: Array(1_000).fill('x') };
  const refused = async () => {
    try {
      return await (replyProgress.parts as Resolve)(event, {}, {}, info);
    } catch (error) {
      return error;
    }
  };
  const first = await refused();
  expect(first).toMatchObject({ code: 'QUERY_TOO_COMPLEX' });
  expect(await refused()).toBe(first);
});
