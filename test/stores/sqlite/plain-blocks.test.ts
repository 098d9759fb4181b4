import { expect, it } from 'vitest';
import { plainBlocks } from '../../../src/stores/sqlite/reads/plain-blocks.js';
import { seededRandom } from '../../support/seeded-random.js';

const USUAL: Record<string, unknown>[] = [
  { text: 'Where is {my} order, [the] "?'.replaceAll('"', '') },
  { text: '' },
  {
    toolUse: { toolUseId: 't1', name: 'search', input: { query: 'a}],"'.replaceAll('"', ''), n: [1, -0.5] } },
  },
  { toolUse: { toolUseId: '', name: '', input: [] } },
  { toolResult: { toolUseId: 't1', status: 'success', content: [{ text: 'é' }, { json: { n: null } }] } },
  { toolResult: { toolUseId: 't1', status: 'error', content: [] } },
  { reasoningContent: { reasoningText: { text: 'hm', signature: 's' } } },
  { reasoningContent: { reasoningText: { text: 'hm' } } },
  { image: { format: 'png', source: { bytes: 'aGk=' } } },
  { document: { format: 'txt', name: 'd', source: { bytes: 'aGk=' } } },
  { citationsContent: { content: [{ text: 'so' }], citations: [{ title: 'c', location: { page: 3 } }] } },
  { cachePoint: { type: 'default' } },
];

/** Like those, and not the same: members that are more, fewer, others, or of another kind. */
const UNUSUAL: Record<string, unknown>[] = [
  {},
  { text: null },
  { text: 'a', type: 'text' },
  { type: 'text', text: 'a' },
  { text: 'a', cachePoint: { type: 'default' } },
  { toolUse: { name: 'search', toolUseId: 't1', input: {} } },
  { toolUse: { toolUseId: 't1', name: 'search', input: 'bare' } },
  { toolUse: { toolUseId: 't1', name: 'search', input: 3 } },
  { toolUse: { toolUseId: 't1', name: 'search', input: {}, reasoningSignature: 's' } },
  { toolResult: { toolUseId: 't1', status: 'success', content: ['bare'] } },
  { toolResult: { toolUseId: 't1', status: 'success', content: [{ text: 'a', more: 1 }] } },
  { toolResult: { toolUseId: 't1', content: [] } },
  { reasoningContent: { redactedContent: 'aGk=' } },
  { image: { format: 'png', source: { location: { uri: 's3' } } } },
  { video: { format: 'mp4', source: { bytes: 'aGk=' } } },
  { citationsContent: { citations: [], content: [] } },
  { cachePoint: { type: 'default', ttl: '5m' } },
  { unknown: [[{}]] },
];

/** What it gives, or the kind of what it throws. */
function attempted<T>(read: () => T): T | string {
  try {
    return read();
  } catch (error) {
    return (error as Error).name;
  }
}
const whole = (json: string) => attempted(() => JSON.stringify(JSON.parse(json)));

it('reads what Strands and replies write as JSON.parse does', () => {
  for (const block of USUAL) expect(plainBlocks(JSON.stringify([block]))).toEqual([block]);
  expect(plainBlocks(JSON.stringify(USUAL))).toEqual(USUAL);
  expect(plainBlocks('[]')).toEqual([]);
});

it('keeps the order of members, and a member that is called __proto__', () => {
  const json = '[{"toolUse":{"toolUseId":"t","name":"n","input":{"__proto__":{"b":1},"a":2,"0":3}}}]';
  expect(JSON.stringify(plainBlocks(json))).toBe(JSON.stringify(JSON.parse(json)));
});

it('leaves alone what is written otherwise, is long, or is no JSON', () => {
  for (const block of UNUSUAL) expect(plainBlocks(JSON.stringify([block]))).toBeNull();
  expect(plainBlocks(JSON.stringify([{ text: 'a'.repeat(9_000) }]))).toBeNull();
  for (const json of ['', '[', '[{"text":"', '[{"text":"a"}', '[{"text":"a"},]', '[{"text":"a"}]]', '{}'])
    expect(plainBlocks(json)).toBeNull();
});

it('never gives anything else than JSON.parse, wherever a text is cut or changed', () => {
  const random = seededRandom(7);
  const all = [...USUAL, ...UNUSUAL];
  for (let run = 0; run < 2_000; run++) {
    const content = Array.from({ length: random.between(0, 4) }, () => random.pick(all));
    const json = JSON.stringify(content);
    const read = plainBlocks(json);
    if (read) expect(read).toEqual(content);
    const at = random.between(0, json.length - 1);
    const changed =
      json.slice(0, at) + random.pick(['', '{', '}', '[', ']', ',', '"', ':']) + json.slice(at + 1);
    expect([whole(changed), null]).toContain(
      attempted(() => JSON.stringify(plainBlocks(changed) ?? undefined) ?? null),
    );
  }
});
