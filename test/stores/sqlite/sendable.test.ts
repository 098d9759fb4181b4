import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { AppendMessages } from '../../../src/domain/sessions/session-store.js';
import { isManifold, received, sendable } from '../../../src/stores/sqlite/threads/sendable.js';
import { append, useFile } from './stage.js';

const many = (length: number) => Array.from({ length }, (_, index) => index);

it('what holds few values is sent as it is, however long its texts are', () => {
  const input = {
    sessionId: 's',
    now: new Date(0),
    messages: [{ content: [{ text: 'x'.repeat(1_000_000) }] }],
  };
  expect(isManifold(input)).toBe(false);
  expect(isManifold({ list: many(20_000) })).toBe(true);
});

it('of what holds many values the JSON in it is packed, and nothing else', async () => {
  const input = {
    sessionId: 's',
    now: new Date(5),
    hash: new Uint8Array([1, 2, 3]),
    messages: [
      { content: [{ toolUse: { input: { list: many(20_000) } } }], createdAt: new Date(7) },
      { content: [{ text: 'é\u2028' }], createdAt: undefined },
    ],
  };
  const sent = await sendable(input);
  expect(sent.packed.map(({ path }) => path.join('.'))).toEqual(['messages.0.content']);
  expect(isManifold(sent.input)).toBe(false);
  expect(received(structuredClone(sent))).toEqual(input);
});

it('a wide object is asked for its members a few times, in however many lists it stands', async () => {
  let asked = 0;
  const wide = new Proxy(Object.fromEntries(many(20_000).map((n) => [`key ${n}`, n])), {
    ownKeys: (of) => {
      asked++;
      return Reflect.ownKeys(of);
    },
  });
  let value: unknown = wide;
  for (let level = 0; level < 60; level++) value = level % 2 === 0 ? [value] : { value };
  const { packed } = await sendable({ now: new Date(0), value });
  expect(packed).toHaveLength(1);
  expect(asked).toBeLessThan(10);
});

it('what is received is what was given, whatever it holds', async () => {
  const leaf = fc.oneof(
    fc.jsonValue(),
    fc.date({ noInvalidDate: true }),
    fc.constant(undefined),
    fc.uint8Array({ maxLength: 3 }),
  );
  const filler = many(3_000);
  await fc.assert(
    fc.asyncProperty(fc.dictionary(fc.string(), fc.array(leaf, { maxLength: 4 })), async (given) => {
      const input = { given, '0': filler, more: { filler, given }, last: [[filler, given], [given]] };
      expect(received(structuredClone(await sendable(input)))).toEqual(input);
    }),
    { numRuns: 60 },
  );
});

it('a name such as __proto__ is a name like any other', async () => {
  const given = JSON.parse('{"__proto__": {"a": 1}, "list": []}');
  given.list = [undefined, ...many(2_000)];
  const found = received(structuredClone(await sendable({ given }))) as { given: object };
  expect(Object.keys(found.given)).toEqual(['__proto__', 'list']);
  expect(Object.getPrototypeOf(found.given)).toBe(Object.prototype);
});

it('writes to one session stay in their order while one of them is packed, and a close waits for them', async () => {
  const file = await useFile();
  const { sessions } = await file.open();
  const call = { toolUse: { toolUseId: 't', name: 'n', input: { list: many(60_000) } } };
  const [message] = append('s', 'a', ['first']).messages;
  const large = {
    ...append('s', 'a', ['first']),
    messages: [{ ...message, content: [call] }],
  } as AppendMessages;
  const made = [
    sessions.appendMessages(large, 'key a'),
    sessions.appendMessages(append('s', 'a', ['second']), 'key a'),
    sessions.appendMessages(append('s', 'a', ['third']), 'key b'),
  ];
  await sessions.close();
  expect((await Promise.all(made)).map(([one]) => one?.position)).toEqual([0, 1, 2]);
  await file.remove();
});
