import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/domain/json/json-value.js';
import { aFeedback, anAgent, anAppend, aSession, setting } from './inputs.js';
import { expectCode, expectJson, readAgent, readAgents, readMessages, readSession } from './reads.js';
import { type StoreSetup, useStage } from './stage.js';

const BASE64 = Buffer.from([0, 255, 1, 254, 10, 13, 39]).toString('base64');

/** One block of each kind that Strands knows, and one that nobody knows yet. */
const BLOCKS: JsonObject[] = [
  { text: 'Zürich 😀 \u0000 "quoted" \\ \u2028' },
  { toolUse: { toolUseId: 't1', name: 'clock', input: { 'a.b': 1, '': { 'c.d': 2 } } } },
  {
    toolResult: {
      toolUseId: 't1',
      status: 'success',
      content: [{ json: { n: 1 } }, { text: 'x' }, { image: { format: 'png', source: { bytes: BASE64 } } }],
    },
  },
  { reasoningContent: { reasoningText: { text: 'because', signature: 's' } } },
  { reasoningContent: { redactedContent: BASE64 } },
  { image: { format: 'png', source: { bytes: BASE64 } } },
  { document: { format: 'pdf', name: 'd', source: { bytes: BASE64 } } },
  { audio: { format: 'mp3', source: { bytes: BASE64 } } },
  { video: { format: 'mp4', source: { s3Location: { uri: 's3://bucket/key' } } } },
  {
    citationsContent: { citations: [{ title: 't', location: { documentPage: { start: 1 } } }], content: [] },
  },
  { guardContent: { text: { text: 'guarded', qualifiers: ['query'] } } },
  { cachePoint: { type: 'default' } },
  { hologram: { depth: [1, [2, [3, {}]]], on: false, off: null, many: 3_000_000_000, small: 1e-9 } },
];

/** Keys that drivers and JavaScript give a meaning of their own; here they are data like any other. */
const SPECIAL: JsonObject = {
  _bsontype: 'Long',
  toBSON: 'x',
  toJSON: null,
  length: 1,
  hasOwnProperty: false,
};

/** As a JSON schema among the inputs of a tool has them. */
const DOLLARS: JsonObject[] = [
  { schema: { $ref: '#/definitions/x' } },
  { schema: { $ref: 'c', $id: 'x' } },
  { schema: { $ref: 'a.b', $id: 'x' }, list: [{ more: 1, $ref: 'a.b', $id: 'x', $db: 'd' }] },
  { when: [{ $date: 'today' }] },
];

/** JSON that passes the checks on input: well-formed text, no NUL in keys. */
const key = fc
  .oneof(
    fc.string({ unit: 'grapheme', maxLength: 6 }),
    fc.constantFrom('__proto__', '_bsontype', 'a.b', 'a$', '10', '2', ''),
  )
  .filter((name) => !name.includes('\0') && name.isWellFormed());
const { json } = fc.letrec((tie) => ({
  json: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, true, false, '', 0, 1.5, -1, 2 ** 31, 2 ** 53 - 1, 1e300, 'text'),
    fc.string({ unit: 'grapheme', maxLength: 12 }).filter((text) => text.isWellFormed()),
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(key, tie('json'), { maxKeys: 4 }),
  ),
}));

export function contentSentences(setup: StoreSetup): void {
  describe('what messages and metadata hold', () => {
    const stage = useStage(setup);
    let sessionId = '';
    beforeAll(async () => {
      sessionId = stage.id();
      await stage.store.appendMessages(anAppend(sessionId, 'a', ['first'], { createIfMissing: {} }));
    });

    it('gives every kind of content block back as it came, bytes as base64', async () => {
      const [returned] = await stage.store.appendMessages(anAppend(sessionId, 'a', [{ content: BLOCKS }]));
      expect(returned?.content).toEqual(BLOCKS);
      const [loaded] = await stage.store.loadMessages([{ sessionId, agentId: 'a', position: 1 }]);
      expect(loaded?.content).toEqual(BLOCKS);
    });

    it('keeps keys that drivers give a meaning as data: in content, state, metadata and feedback', async () => {
      const { store } = stage;
      const id = stage.id();
      await store.createSession(aSession(id, { metadata: { odd: SPECIAL } }));
      await store.upsertAgent(anAgent(id, 'a', { state: { odd: SPECIAL }, promptMetadata: SPECIAL }));
      await store.appendMessages(anAppend(id, 'a', [{ content: [{ odd: SPECIAL }, SPECIAL] }]));
      await store.changeMetadata(setting(id, { 'more.odd': SPECIAL, list: [SPECIAL] }));
      await store.addFeedback(aFeedback(id, 'up', { fields: { odd: SPECIAL } }));
      const session = await readSession(store, id);
      expectJson(session.metadata, { odd: SPECIAL, more: { odd: SPECIAL }, list: [SPECIAL] });
      expectJson(session.feedback[0]?.fields, { odd: SPECIAL });
      const { state, promptMetadata } = await readAgent(store, id, 'a');
      expectJson([state, promptMetadata], [{ odd: SPECIAL }, SPECIAL]);
      const [message] = await readMessages(store, id, 'a');
      expectJson(message?.content, [{ odd: SPECIAL }, SPECIAL]);
    });

    // Update operators of MongoDB before 5.0 refuse such keys anywhere in a value.
    it.each(DOLLARS)(
      'keeps keys that begin with $, or refuses with BAD_USER_INPUT and writes nothing: %j',
      async (odd) => {
        const { store } = stage;
        const id = stage.id();
        await store.appendMessages(anAppend(id, 'a', ['zero'], { createIfMissing: {} }));
        const kept = (write: Promise<unknown>) =>
          write.then(
            () => true,
            async (error: unknown) => {
              await expectCode(Promise.reject(error), 'BAD_USER_INPUT');
              return false;
            },
          );
        const appended = await kept(store.appendMessages(anAppend(id, 'a', ['one', { content: [odd] }])));
        const changed = await kept(store.upsertAgent(anAgent(id, 'a', { state: odd })));
        const made = await kept(store.upsertAgent(anAgent(id, 'b', { state: odd })));
        const added = await kept(store.addFeedback(aFeedback(id, 'up', { fields: odd })));
        const messages = await readMessages(store, id, 'a');
        expectJson(
          messages.map(({ content }) => content),
          [[{ text: 'zero' }], ...(appended ? [[{ text: 'one' }], [odd]] : [])],
        );
        const states = (await readAgents(store, id)).map(({ state }) => state);
        expectJson(states, [changed ? odd : {}, ...(made ? [odd] : [])]);
        const { feedback } = await readSession(store, id);
        expectJson(
          feedback.map(({ fields }) => fields),
          added ? [odd] : [],
        );
      },
    );

    it('gives any JSON in a block back as it came, keys in any order', async () => {
      let round = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(json, { minLength: 1, maxLength: 3 }), async (values) => {
          const agentId = `json-${round++}`;
          const said = values.map((value) => ({ content: [{ custom: value } as JsonObject] }));
          await stage.store.appendMessages(anAppend(sessionId, agentId, said, { createIfMissing: {} }));
          const messages = await readMessages(stage.store, sessionId, agentId);
          expectJson(
            messages.map(({ content }) => content),
            said.map(({ content }) => content),
          );
        }),
        { numRuns: 40, seed: 7 },
      );
    });

    it('keeps numbers and text of metadata exactly', async () => {
      const values = {
        zero: 0,
        half: 0.5,
        long: 3_000_000_000,
        safe: 2 ** 53 - 1,
        tiny: 5e-324,
        text: '1',
        nul: 'a\0b',
      };
      await stage.store.changeMetadata(setting(sessionId, { values }));
      expect((await readSession(stage.store, sessionId)).metadata.values).toEqual(values);
    });
  });
}
