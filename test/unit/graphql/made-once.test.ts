import type { GraphQLScalarType } from 'graphql';
import { expect, it } from 'vitest';
import { JsonText } from '../../../src/domain/json/json-text.js';
import type { JsonObject } from '../../../src/domain/json/json-value.js';
import { plainText } from '../../../src/domain/json/plain-json.js';
import type { Message, Session } from '../../../src/domain/sessions/model.js';
import type { CursorCodec } from '../../../src/graphql/cursor.js';
import { messageCursor, sessionCursor } from '../../../src/graphql/paging.js';
import { leafWriterOf } from '../../../src/graphql/plan/leaf.js';
import { citationsBlock, textBlock } from '../../../src/graphql/resolvers/content.js';
import { reply } from '../../../src/graphql/resolvers/reply.js';
import { session } from '../../../src/graphql/resolvers/session.js';
import { snapshot } from '../../../src/graphql/resolvers/snapshot.js';
import { createSchema } from '../../../src/graphql/schema.js';

// What a field makes of what is stored may be megabytes long, and a query asks for it under hundreds of names.

/** An object with a member that tells how often it was looked at. */
function counted<T extends object>(key: string, value: unknown, rest: T) {
  let looks = 0;
  const object = Object.defineProperty({ ...rest }, key, {
    enumerable: true,
    get() {
      looks++;
      return value;
    },
  });
  return { object, looks: () => looks };
}

// biome-ignore lint/suspicious/noExplicitAny: resolvers of any type are asked alike.
type Resolve = any;
const ask = (resolve: Resolve, parent: unknown) => resolve(parent, {}, {}, {});
const blockOf = (block: JsonObject) => ({ block, isPlain: false, made: null });

it('the base64 of a snapshot is made once', () => {
  const { object, looks } = counted('data', new Uint8Array([1, 2, 3]), { key: 'k', writtenAt: new Date(0) });
  expect([ask(snapshot.data, object), ask(snapshot.data, object)]).toEqual(['AQID', 'AQID']);
  expect(looks()).toBe(1);
});

it('the cursors of a page are sealed once for each order', () => {
  const sealed: unknown[] = [];
  const cursors = { seal: (...given: unknown[]) => `cursor ${sealed.push(given)}` } as unknown as CursorCodec;
  const message = { sessionId: 's', agentId: 'a', position: 1 } as Message;
  const session = { sessionId: 's', createdAt: new Date(1), updatedAt: null } as unknown as Session;
  const ofSession = (field: 'createdAt' | 'updatedAt') => sessionCursor(cursors, session, field);
  expect([messageCursor(cursors, message), messageCursor(cursors, message)]).toEqual([
    'cursor 1',
    'cursor 1',
  ]);
  expect([ofSession('createdAt'), ofSession('createdAt'), ofSession('updatedAt')]).toEqual([
    'cursor 2',
    'cursor 2',
    'cursor 3',
  ]);
  expect(sealed).toEqual([
    ['messages', ['s', 'a', 1]],
    ['sessions', ['createdAt', 1, 's']],
    ['sessions', ['updatedAt', null, 's']],
  ]);
});

it('the text of a reply is joined once', async () => {
  const blocks = [
    { block: 0, kind: 'text', text: 'a' },
    { block: 1, kind: 'text', text: 'b' },
  ];
  const { object, looks } = counted('blocks', blocks, { replyId: 'r' });
  expect([await ask(reply.text, object), await ask(reply.text, object)]).toEqual(['a\nb', 'a\nb']);
  expect(looks()).toBe(1);
});

it('cited texts, and those of a whole message in a block, are joined once', () => {
  const parts = [{ text: 'a' }, { text: 'b' }];
  const cited = counted('citationsContent', { content: parts, citations: [] }, {});
  const message = counted('content', parts, { type: 'message' });
  for (const [block, { object, looks }] of [
    [citationsBlock, cited],
    [textBlock, message],
  ] as const) {
    const parent = blockOf(object as JsonObject);
    expect(ask(block.text, parent)).toBe('ab');
    const before = looks();
    expect(ask(block.text, parent)).toBe('ab');
    expect(looks()).toBe(before);
  }
});

it('many paths of metadata are picked once', () => {
  const { object, looks } = counted('a', { b: 1 }, {});
  const paths = Array.from({ length: 20 }, (_, index) => (index === 0 ? 'a.b' : `a.c${index}`));
  const pick = () => (session.metadata as Resolve)({ metadata: object }, { paths }, {}, {});
  expect(pick()).toEqual({ a: { b: 1 } });
  const before = looks();
  expect(pick()).toEqual({ a: { b: 1 } });
  expect(looks()).toBe(before);
});

it('the JSON of an object is written once where it is long', () => {
  const write = leafWriterOf(createSchema().getType('JSON') as GraphQLScalarType);
  const short = { list: [1, 2] };
  expect(write(short)).toBe('{"list":[1,2]}');
  for (const length of [2_000, 200_000]) {
    const { object, looks } = counted('list', Array(length).fill(1), {});
    const first = write(object);
    const before = looks();
    expect(write(object)).toBe(first);
    // How long it is, and no more.
    expect(looks()).toBeLessThanOrEqual(before + 1);
  }
});

it('a value that is at hand as JSON is parsed once', () => {
  const text = new JsonText<object>('{"a":[1]}');
  expect(text.valueOf()).toEqual({ a: [1] });
  expect(text.valueOf()).toBe(text.valueOf());
});

it('a value that came of plain JSON is given as it is, and written where an answer takes it, once where it is long', () => {
  const value = { list: Array.from({ length: 1_000 }, (_, index) => index) };
  const shown = plainText(value as unknown as JsonObject) as unknown as JsonText<object>;
  expect(shown.valueOf()).toBe(value);
  expect(shown.written).toBe(JSON.stringify(value));
  expect(plainText(value as unknown as JsonObject)).toBe(shown);
});
