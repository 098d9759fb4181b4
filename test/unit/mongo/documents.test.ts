import { Binary, BSON, DBRef, Decimal128, Double, Int32, Long, ObjectId } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { atOnce, type Steps } from '../../../src/domain/async/in-slices.js';
import { agentSteps, newAgentDoc } from '../../../src/stores/mongo/documents/agent-document.js';
import {
  type Doc,
  isDoc,
  toBson,
  toBsonObject,
  toJson,
  toJsonObject,
} from '../../../src/stores/mongo/documents/bson-json.js';
import { contentFromBson, contentToBson } from '../../../src/stores/mongo/documents/content-document.js';
import {
  guardrailEventToDoc,
  sessionGuardrailEventToDoc,
} from '../../../src/stores/mongo/documents/guardrail-document.js';
import {
  messageFromDoc,
  messageSteps,
  messageToDoc,
} from '../../../src/stores/mongo/documents/message-document.js';
import { feedbackFromDoc, sessionSteps } from '../../../src/stores/mongo/documents/session-document.js';
import { element } from './fixtures.js';

const PLACE = { sessionId: 's', agentId: 'a', position: 0 };
const BASE64 = Buffer.from([0, 255, 1]).toString('base64');

/** Through the driver's BSON and back, as stored and read. */
const stored = (doc: Doc): Doc => BSON.deserialize(BSON.serialize(doc));

const agentFromDoc = (...given: Parameters<typeof agentSteps>) => atOnce(agentSteps(...given));
const sessionFrom = (doc: Record<string, unknown>) => atOnce(sessionSteps(doc));

describe('values', () => {
  it('keep integers as Int32 and Int64 and fractions as Double', () => {
    const types = (value: number) =>
      Object.values(BSON.deserialize(BSON.serialize({ v: toBson(value) }), { promoteValues: false })).map(
        (bson) => (bson as { _bsontype: string })._bsontype,
      );
    expect([1, 0, -5, 2 ** 31 - 1, -(2 ** 31)].flatMap(types)).toEqual(Array(5).fill('Int32'));
    expect([2 ** 31, 3_000_000_000, 2 ** 53 - 1].flatMap(types)).toEqual(Array(3).fill('Long'));
    expect([0.5, 1e300].flatMap(types)).toEqual(['Double', 'Double']);
  });

  it('of every BSON type become JSON', () => {
    const id = new ObjectId('0123456789abcdef01234567');
    expect(
      [
        new Date(5),
        id,
        new Binary(Buffer.from([0, 255, 1])),
        Long.fromString('9007199254740993'),
        Long.fromNumber(5),
        Decimal128.fromString('1.50'),
        Number.NaN,
        undefined,
        [new Int32(1), new Double(0.5)].map(Number),
        new DBRef('c', id),
      ].map(toJson),
    ).toEqual([
      '1970-01-01T00:00:00.005Z',
      '0123456789abcdef01234567',
      BASE64,
      '9007199254740993',
      5,
      '1.50',
      null,
      null,
      [1, 0.5],
      { $ref: 'c', $id: '0123456789abcdef01234567' },
    ]);
  });

  it('keep keys that JavaScript or the driver give a meaning', () => {
    const odd = JSON.parse(
      '{"__proto__": {"a": 1}, "constructor": [1], "_bsontype": "Long", "toBSON": 1, "10": 1}',
    );
    expect(JSON.stringify(toJson(stored({ odd: toBson(odd) }).odd))).toBe(JSON.stringify(odd));
    expect(Object.hasOwn(toBsonObject(odd), '__proto__')).toBe(true);
    expect([{}, Object.create(null), new Date(), null, [], new Long(1)].map(isDoc)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
  });
});

describe('content', () => {
  const media = (kind: string) => ({ [kind]: { format: 'x', source: { bytes: BASE64 } } });
  const blocks = [
    media('image'),
    media('document'),
    media('video'),
    { reasoningContent: { redactedContent: BASE64 } },
    { guardContent: media('image') },
    { toolResult: { toolUseId: 't', content: [media('image'), { text: BASE64 }] } },
    { text: BASE64 },
    { custom: { source: { bytes: BASE64 } } },
  ];

  it('is Binary at the places where Strands has bytes, and at no other', () => {
    const bytes = new Binary(Buffer.from([0, 255, 1]));
    const at = contentToBson(blocks) as never as Record<string, { source: { bytes: unknown } }>[];
    for (const [index, kind] of ['image', 'document', 'video'].entries()) {
      expect(at[index]?.[kind]?.source.bytes).toEqual(bytes);
    }
    expect(at[3]).toEqual({ reasoningContent: { redactedContent: bytes } });
    expect(at[4]).toMatchObject({ guardContent: { image: { source: { bytes } } } });
    expect(at[5]).toMatchObject({
      toolResult: { content: [{ image: { source: { bytes } } }, { text: BASE64 }] },
    });
    expect(at[7]).toEqual({ custom: { source: { bytes: BASE64 } } });
  });

  it('comes back as it was', () => {
    expect(contentFromBson(stored({ content: contentToBson(blocks) }).content)).toEqual(blocks);
  });

  it('may be plain text, and is empty where it is damaged', () => {
    expect(contentFromBson('hello')).toEqual([{ text: 'hello' }]);
    expect([null, 5, {}, [null, 7]].map(contentFromBson)).toEqual([[], [], [], []]);
  });
});

describe('a message', () => {
  it('is read in the nested shape', () => {
    const metrics = { event_loop_metrics: { accumulated_metrics: { latencyMs: 1.5 } } };
    expect(messageFromDoc(element(3, metrics), { ...PLACE, position: 3 })).toMatchObject({
      position: 3,
      messageId: 3,
      storageId: '3'.padStart(32, '0'),
      role: 'user',
      content: [{ text: 'text 3' }],
      redacted: false,
      createdAt: new Date('2026-01-05T12:00:00.123Z'),
      eventLoopMetrics: { accumulated_metrics: { latencyMs: 1.5 } },
      metadata: null,
      guardrailEvent: null,
    });
  });

  it('is read in the flat shape of old documents, with text or blocks', () => {
    const flat = { message_id: 1, role: 'assistant', content: 'hi', created_at: '2026-01-05T12:00:00.500Z' };
    expect(messageFromDoc(flat, PLACE)).toMatchObject({
      messageId: 1,
      storageId: null,
      role: 'assistant',
      content: [{ text: 'hi' }],
      createdAt: new Date('2026-01-05T12:00:00.500Z'),
      updatedAt: null,
    });
    expect(messageFromDoc({ ...flat, content: [{ text: 'a' }] }, PLACE).content).toEqual([{ text: 'a' }]);
  });

  it('that was redacted shows nothing of the original, wherever it was kept', () => {
    const secret = 'xyzzy';
    const redact_message = { role: 'user', content: [{ text: '[removed]' }] };
    const usage = { inputTokens: 1 };
    const message = {
      role: 'user',
      content: [{ text: secret }],
      tracking_id: secret,
      metadata: { usage, note: secret },
    };
    const shapes = [{ message }, { role: 'user', content: secret }, { message: secret }].map((shape) =>
      messageFromDoc({ ...element(0), ...shape, redact_message }, PLACE),
    );
    for (const shown of shapes) {
      expect(shown).toMatchObject({ redacted: true, content: [{ text: '[removed]' }] });
      expect(JSON.stringify(shown)).not.toContain(secret);
    }
    expect(shapes[0]?.metadata).toEqual({ usage });
  });

  it('that is damaged reads as empty and null', () => {
    for (const damaged of [null, undefined, 'text', 5, [], {}, { message: null }, { message: { role: 7 } }]) {
      expect(messageFromDoc(damaged, PLACE)).toMatchObject({
        role: null,
        content: [],
        messageId: null,
        storageId: null,
      });
    }
    const odd = {
      message_id: 'x',
      storage_id: 7,
      created_at: 'yesterday',
      event_loop_metrics: [],
      guardrail_event: 1,
    };
    expect(messageFromDoc({ ...element(0), ...odd }, PLACE)).toMatchObject({
      messageId: null,
      storageId: null,
      createdAt: null,
      eventLoopMetrics: null,
      guardrailEvent: null,
    });
  });

  it('is written with the keys that Python can construct, and no other', () => {
    const given = { storageId: 'f'.repeat(32), role: 'user' as const, content: [{ text: 'x' }] };
    const doc = stored(messageToDoc(given, 2, new Date(5), true));
    expect(stored(messageToDoc(given, 2, new Date(5), false))).not.toHaveProperty('storage_id');
    expect(doc).toEqual({
      message: { role: 'user', content: [{ text: 'x' }] },
      message_id: 2,
      redact_message: null,
      created_at: new Date(5),
      updated_at: new Date(5),
      storage_id: 'f'.repeat(32),
    });
    const more = { metadata: { usage: { totalTokens: 1 } }, trackingId: 't' };
    expect(messageToDoc({ ...given, ...more }, 0, new Date(5), true).message).toMatchObject({
      metadata: { usage: { totalTokens: 1 } },
      tracking_id: 't',
    });
  });
});

describe('a session and its parts', () => {
  it('with nothing but an id reads as empty', () => {
    expect(sessionFrom({ _id: 's' })).toMatchObject({
      sessionId: 's',
      sessionType: 'default',
      applicationName: null,
      createdAt: null,
      metadata: {},
      feedback: [],
      guardrailEvents: [],
      messageCount: 0,
    });
  });

  it('whose fields are of other types reads as empty', () => {
    const damaged = {
      parts: { value: { metadata: 'x', feedbacks: {}, guardrail_events: [null, 7, {}] } },
      application_name: 7,
      created_at: 7,
    };
    expect(sessionFrom({ _id: 's', ...damaged })).toMatchObject({
      metadata: {},
      feedback: [],
      guardrailEvents: [{ action: '', timestamp: null, agentId: null, messageId: null, storageId: null }],
      applicationName: null,
      createdAt: null,
    });
  });

  it('keeps a literal dotted key of old documents', () => {
    expect(
      sessionFrom({ _id: 's', parts: { value: { metadata: { 'user.name': 'Ann' } } } }).metadata,
    ).toEqual({
      'user.name': 'Ann',
    });
  });

  it('keeps the fields of feedback that callers added', () => {
    expect(feedbackFromDoc({ rating: 'up', comment: 'c', created_at: new Date(5), who: 'x' })).toEqual({
      rating: 'up',
      comment: 'c',
      createdAt: new Date(5),
      fields: { who: 'x' },
    });
    expect(feedbackFromDoc({ rating: 'meh' })).toMatchObject({
      rating: null,
      comment: null,
      createdAt: null,
    });
  });

  it('lists a guardrail event without its trace', () => {
    const event = {
      action: 'INTERVENED',
      timestamp: new Date(5),
      stopReason: null,
      policiesTriggered: { topicPolicy: ['t/BLOCKED'] },
      trace: { quoted: 'what was said' },
    };
    expect(guardrailEventToDoc(event)).toHaveProperty('trace');
    expect(sessionGuardrailEventToDoc(event, { agentId: 'a', messageId: 1, storageId: null })).toEqual({
      message_id: 1,
      agent_id: 'a',
      action: 'INTERVENED',
      timestamp: new Date(5),
      policies_triggered: { topicPolicy: ['t/BLOCKED'] },
    });
  });
});

describe('an agent', () => {
  it('of a half-built document reads with what is there', () => {
    expect(agentFromDoc('s', 'ghost', { agent_data: { model: 'm' } })).toMatchObject({
      agentId: 'ghost',
      model: 'm',
      state: {},
      conversationManagerState: {},
      createdAt: null,
      messageCount: 0,
    });
    expect(agentFromDoc('s', 'ghost', { agent_data: 'x' }).model).toBeNull();
  });

  it('takes its dates from agent_data, as text too, where it has none itself', () => {
    const data = { created_at: '2026-01-05T12:00:00Z', updated_at: new Date(5) };
    expect(agentFromDoc('s', 'a', { agent_data: data })).toMatchObject({
      createdAt: new Date('2026-01-05T12:00:00Z'),
      updatedAt: new Date(5),
    });
  });

  it('is made with the keys of agent_data that Python takes, and no other', () => {
    const doc = newAgentDoc(
      { agentId: 'a', model: 'm', systemPrompt: 's', promptMetadata: { prompt_id: 'p' } },
      [],
      new Date(5),
    );
    expect(Object.keys(doc.agent_data as object).sort()).toEqual([
      '_internal_state',
      'agent_id',
      'conversation_manager_state',
      'created_at',
      'model',
      'prompt_metadata',
      'state',
      'system_prompt',
      'updated_at',
    ]);
    expect(newAgentDoc({ agentId: 'a', model: null }, [], new Date(5)).agent_data).not.toHaveProperty(
      'model',
    );
  });
});

it('a session is made of its document in steps, as the same values at once, however its members lie in each other', () => {
  const metadata = {
    flat: Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`k${index}`, { a: index }])),
    lists: Array.from({ length: 40 }, () => Array.from({ length: 40 }, () => [new Long(1), [], null])),
    odd: [
      new Double(1.5),
      undefined,
      Decimal128.fromString('1.50'),
      new Date(0),
      { ['__proto__']: { a: 1 } },
    ],
  };
  const feedbacks = Array.from({ length: 300 }, () => ({ rating: 'up', comment: null, more: 1 }));
  const steps = sessionSteps({ _id: 's', parts: { value: { metadata, feedbacks } } });
  let yields = 0;
  let last = steps.next();
  for (; !last.done; last = steps.next()) yields++;
  expect(yields).toBeGreaterThan(300 + 5_000 / 64);
  const session = last.value as ReturnType<typeof sessionFrom>;
  expect(session.metadata).toEqual(toJsonObject(metadata));
  expect(JSON.stringify(session.metadata)).toBe(JSON.stringify(toJsonObject(metadata)));
  expect(session.feedback).toHaveLength(300);
});

describe('what is large', () => {
  const VALUES = 20_000;
  const large = { list: Array.from({ length: VALUES }, (_, index) => ({ index })) };
  /** What the steps give, and how many they are. */
  function counted<T>(steps: Steps<T>): [T, number] {
    for (let count = 1; ; count++) {
      const { done, value } = steps.next();
      if (done) return [value, count];
    }
  }
  const input = (value: Doc) => [{ toolUse: { toolUseId: 't', name: 'n', input: value } }];

  it.each<[string, (value: Doc) => Steps<unknown>, string[]]>([
    ["an agent's state", (value) => agentSteps('s', 'a', { agent_data: { state: value } }), ['state']],
    [
      'what a tool was given',
      (value) => messageSteps({ message: { role: 'user', content: input(value) } }, PLACE),
      ['content', '0', 'toolUse', 'input'],
    ],
    [
      'the content of an old message',
      (value) => messageSteps({ role: 'user', content: input(value) }, PLACE),
      ['content', '0', 'toolUse', 'input'],
    ],
    ['metadata', (value) => messageSteps({ message: { metadata: value } }, PLACE), ['metadata']],
    ['metrics', (value) => messageSteps({ event_loop_metrics: value }, PLACE), ['eventLoopMetrics']],
    [
      'a trace',
      (value) => messageSteps({ guardrail_event: { trace: value } }, PLACE),
      ['guardrailEvent', 'trace'],
    ],
  ])('becomes JSON in steps, and what is small in few: %s', (_what, stepsOf, path) => {
    const at = (made: unknown) => path.reduce((value, name) => (value as Doc)[name], made);
    const [made, steps] = counted(stepsOf(large));
    expect(at(made)).toEqual(large);
    expect(steps).toBeGreaterThan(VALUES / 64);
    const small = { list: [{ index: 0 }] };
    const [few, count] = counted(stepsOf(small));
    expect(at(few)).toEqual(small);
    expect(count).toBeLessThan(4);
  });
});
