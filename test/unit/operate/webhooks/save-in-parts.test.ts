import { expect, it } from 'vitest';
import type { HeldEvent, WebhookProgress } from '../../../../src/domain/webhook-store.js';
import { saveInParts } from '../../../../src/operate/webhooks/save-in-parts.js';

const held = (index: number): HeldEvent => ({
  event: {
    id: `msg_${index}`,
    type: 'message.added',
    position: String(index).padStart(4, '0'),
    at: 0,
    sessionId: 's',
    sessionCreatedAt: null,
    agentId: 'a',
    index,
    reason: null,
  },
  since: new Date(0),
  attempts: 1,
  dueAt: new Date(0),
  failure: 'HTTP 500',
  deadAt: null,
});
const progress = (puts: number, removes: number): WebhookProgress => ({
  endpoint: 'e',
  holder: 'me',
  cursor: '9999',
  put: Array.from({ length: puts }, (_, index) => held(index)),
  remove: Array.from({ length: removes }, (_, index) => `r${index}`),
  erased: ['gone'],
  deliveredAt: new Date(5),
  disabled: null,
});

async function saved(given: WebhookProgress, most = Number.POSITIVE_INFINITY) {
  const writes: WebhookProgress[] = [];
  const save = async (one: WebhookProgress) => (writes.push(one) <= most ? one.erased.length : null);
  return { done: await saveInParts({ save }, given, '0000'), writes };
}

it.each([
  [0, 0],
  [1, 1],
  [200, 200],
  [1_001, 0],
  [0, 401],
  [250, 650],
])(
  '%i events that are held and %i that are not any more are saved each once, and the cursor last',
  async (puts, removes) => {
    const given = progress(puts, removes);
    const { done, writes } = await saved(given);
    expect(done).toBe(1);
    expect(writes.flatMap(({ put }) => put)).toEqual(given.put);
    expect(writes.flatMap(({ remove }) => remove)).toEqual(given.remove);
    for (const { put, remove } of writes)
      expect(Math.max(put.length, remove.length)).toBeLessThanOrEqual(200);
    expect(writes.map(({ cursor }) => cursor)).toEqual([...writes.slice(1).map(() => '0000'), '9999']);
    expect(writes.flatMap(({ erased }) => erased)).toEqual(['gone']);
    expect(writes.map(({ deliveredAt }) => deliveredAt).filter(Boolean)).toEqual([new Date(5)]);
  },
);

it('nothing further is saved where another process has begun since', async () => {
  const { done, writes } = await saved(progress(1_001, 0), 2);
  expect([done, writes.length]).toEqual([null, 3]);
});
