import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pause } from '../../../../src/domain/async/pause.js';
import { HistoryLost, type SessionStore } from '../../../../src/domain/sessions/session-store.js';
import { WEBHOOK_EVENTS, type WebhookEvent } from '../../../../src/domain/webhook-store.js';
import type { Answer } from '../../../../src/operate/webhooks/courier.js';
import type { WebhookEndpoint } from '../../../../src/operate/webhooks/endpoints.js';
import { createWebhookEvents } from '../../../../src/operate/webhooks/events.js';
import { type SenderLimits, sendTo } from '../../../../src/operate/webhooks/sender.js';
import type { OpenedStore } from '../../../../src/stores/open-store.js';
import { anAppend, aSession, setting } from '../../../stores/contract/inputs.js';
import { emptyDatabase } from '../../../stores/memory/database.js';
import { openMemoryStore } from '../../../stores/memory/open-memory-store.js';
import { log } from '../../../stores/sqlite/stage.js';
import { eventually } from '../../../support/eventually.js';
import { runningHub } from '../../../support/running-hub.js';

const TAKEN: Answer = { failure: null, gone: false, retryAfterMs: null };
const LIMITS: SenderLimits = {
  lanes: {
    open: 500,
    waiting: 1_000,
    inLane: 100,
    freshFirst: 3,
    goneEveryMs: 3_600_000,
    longestDelayMs: 3_600_000,
  },
  pace: {
    atOnce: 4,
    failing: 3,
    rest: { first: 1, most: 2, ofTimeSinceTaken: 1 },
    delay: { first: 1, most: 2 },
  },
  tryForMs: 3_600_000,
  deadLetters: 100,
  probeEveryMs: 5,
  saveEveryMs: 2,
  idleSaveEveryMs: 2,
  lookEveryMs: 5,
  graceMs: 50,
};

let opened: OpenedStore;
let ends: (() => Promise<unknown>)[];
beforeEach(() => {
  opened = openMemoryStore(emptyDatabase());
  ends = [];
});
afterEach(async () => {
  for (const end of ends.reverse()) await end();
});

interface Given {
  store?: SessionStore;
  answer?: (event: WebhookEvent, signal: AbortSignal) => Answer | Promise<Answer>;
  limits?: Partial<SenderLimits>;
  types?: readonly WebhookEvent['type'][];
  holder?: string;
}

/** One tenure; `sent` is what was sent, by session and index. */
async function start({
  store = opened.sessions,
  answer = () => TAKEN,
  limits = {},
  types,
  holder = 'one',
}: Given = {}) {
  const hub = await runningHub(store, { queueLimit: 100 });
  ends.push(hub.close);
  const sent: WebhookEvent[] = [];
  const endpoint: WebhookEndpoint = {
    name: 'e',
    url: new URL('https://example.org'),
    types: new Set(types ?? WEBHOOK_EVENTS),
    match: null,
    sign: () => 'v1,x',
  };
  const stopping = new AbortController();
  const losing = new AbortController();
  const lease = { mayGoOn: () => !losing.signal.aborted, lost: losing.signal };
  const ended = sendTo(
    endpoint,
    { holder, lease, stopping: stopping.signal },
    {
      follow: { hub, store, pause, random: Math.random },
      webhooks: opened.webhooks,
      events: createWebhookEvents(Buffer.from('secret')),
      writers: { of: (sessionId) => sessionId.split(' ')[0] as string, onKnown: () => () => {} },
      bodyOf: async (event) => JSON.stringify(event),
      courier: {
        async send({ body }, signal) {
          const event = JSON.parse(body) as WebhookEvent;
          sent.push(event);
          return answer(event, signal);
        },
        close() {},
      },
      metrics: { attempt() {}, givenUp() {}, sending() {} },
      now: Date.now,
      pause,
      random: Math.random,
      log,
      limits: { ...LIMITS, ...limits },
    },
  );
  ended.catch(() => {});
  const stop = () => {
    stopping.abort();
    return ended.catch(() => {});
  };
  ends.push(stop);
  return { sent, stop, ended, lose: () => losing.abort() };
}

const say = async (sessionId: string, ...texts: string[]) => {
  for (const text of texts) {
    await opened.sessions.appendMessages(
      anAppend(sessionId, 'a', [text], { createIfMissing: aSession(sessionId) }),
    );
  }
};
const messages = (sent: readonly WebhookEvent[]) =>
  sent.flatMap(({ type, sessionId, index }) => (type === 'message.added' ? [`${sessionId} ${index}`] : []));

describe('whoever sends to an endpoint', () => {
  it('goes on where the one before has stopped, and repeats nothing that was saved', async () => {
    const first = await start();
    await say('s', '0', '1');
    await eventually(() => expect(messages(first.sent)).toEqual(['s 0', 's 1']));
    await first.stop();
    await say('s', '2', '3');
    const second = await start({ holder: 'two' });
    await say('s', '4');
    await eventually(() => expect(messages(second.sent)).toEqual(['s 2', 's 3', 's 4']));
  });

  it('does not let the events of others wait for those that their receiver does not want', async () => {
    const refused: Answer = { failure: 'HTTP 422', gone: false, retryAfterMs: null };
    // Whoever fails rests for ever.
    const pace = { ...LIMITS.pace, rest: { first: 1e9, most: 1e9, ofTimeSinceTaken: 1 } };
    const { sent } = await start({
      answer: ({ sessionId }) => (sessionId?.startsWith('odd') ? refused : TAKEN),
      limits: { pace },
    });
    for (let index = 0; index < 20; index++) await say(`odd ${index}`, 'x');
    await say('s', '0');
    await eventually(() => expect(messages(sent)).toContain('s 0'));
  });

  it('gives up what fails of one caller alone where too much waits, and goes on with the events of others', async () => {
    const failed: Answer = { failure: 'HTTP 500', gone: false, retryAfterMs: null };
    const { sent } = await start({
      answer: ({ sessionId }) => (sessionId?.startsWith('odd ') ? failed : TAKEN),
      limits: { deadLetters: 10, lanes: { ...LIMITS.lanes, open: 10, waiting: 40 } },
      types: ['message.added', 'conversation.resync'],
    });
    // Nothing of others is known before all of these have failed.
    for (let index = 0; index < 60; index++) await say(`odd ${index}`, 'x');
    await say('s', '0');
    await eventually(() => expect(messages(sent)).toContain('s 0'));
    // Of what is no longer kept all that follow are told.
    await eventually(() =>
      expect(sent).toContainEqual(expect.objectContaining({ sessionId: null, reason: 'QUEUE_FULL' })),
    );
    await eventually(async () => {
      const { waiting, dead } = await opened.webhooks.held('e');
      expect(waiting.length).toBeLessThanOrEqual(40);
      expect(dead).toHaveLength(10);
    });
  });

  it('sends again what was not saved, in order and with the same ids', async () => {
    const first = await start();
    await say('s', '0', '1', '2');
    await eventually(() => expect(messages(first.sent)).toHaveLength(3));
    first.lose();
    await first.stop();
    const { cursor } = (await opened.webhooks.mark('e')) ?? {};
    const repeated = first.sent.filter(({ position }) => position > (cursor ?? ''));
    const second = await start({ holder: 'two' });
    await say('s', '3');
    await eventually(() => expect(messages(second.sent).at(-1)).toBe('s 3'));
    expect(second.sent.slice(0, repeated.length)).toEqual(repeated);
  });

  it('says where the history no longer reaches back, and goes on from there', async () => {
    await opened.webhooks.begin({ endpoint: 'e', holder: 'before', cursor: '000000000000' });
    await say('s', '0', '1');
    const store: SessionStore = {
      ...opened.sessions,
      history: async () => {
        throw new HistoryLost('pruned');
      },
    };
    const { sent } = await start({ store });
    await eventually(() => expect(sent).toHaveLength(1));
    expect(sent[0]).toMatchObject({ type: 'conversation.resync', reason: 'HISTORY_GONE', sessionId: null });
    await say('s', '2');
    await eventually(() => expect(messages(sent)).toEqual(['s 2']));
  });

  it('ends where another has begun, and saves nothing then', async () => {
    const first = await start();
    await say('s', '0');
    await eventually(() => expect(messages(first.sent)).toEqual(['s 0']));
    await opened.webhooks.begin({ endpoint: 'e', holder: 'two', cursor: '' });
    const mark = await opened.webhooks.mark('e');
    await say('s', '1');
    await first.ended;
    expect(await opened.webhooks.mark('e')).toEqual(mark);
  });

  it('cuts off what is under way when its lease is lost, and holds that for nothing', async () => {
    let cut = false;
    const first = await start({
      answer: (_event, signal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            cut = true;
            resolve({ ...TAKEN, failure: 'aborted' });
          });
        }),
    });
    await say('s', '0');
    await eventually(() => expect(first.sent).toHaveLength(1));
    first.lose();
    await first.ended;
    expect(cut).toBe(true);
    expect(await opened.webhooks.held('e')).toEqual({ waiting: [], dead: [] });
    const second = await start({ holder: 'two' });
    await eventually(() => expect(messages(second.sent)).toEqual(['s 0']));
  });

  it('reads no more than it may hold while the receiver is slow, and misses nothing', async () => {
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { sent } = await start({
      limits: { lanes: { ...LIMITS.lanes, open: 3 } },
      answer: () => released.then(() => TAKEN),
    });
    const expected = [];
    for (let index = 0; index < 150; index++) {
      await say(`s${index % 10}`, String(index));
      expected.push(`s${index % 10} ${Math.floor(index / 10)}`);
    }
    await eventually(() => expect(sent.length).toBeGreaterThan(0));
    expect(sent.length).toBeLessThanOrEqual(3);
    release();
    await eventually(() => expect(messages(sent)).toHaveLength(150));
    for (let session = 0; session < 10; session++) {
      const own = (all: string[]) => all.filter((one) => one.startsWith(`s${session} `));
      expect(own(messages(sent))).toEqual(own(expected));
    }
  });

  it('saves where it stands where nothing happens that it is told', async () => {
    await start({ types: ['feedback.added'] });
    await say('s', '0');
    const marker = await opened.webhooks.mark('e');
    await opened.sessions.changeMetadata(setting('s', { a: 1 }));
    await eventually(async () => {
      const mark = await opened.webhooks.mark('e');
      expect((mark?.cursor ?? '') > (marker?.cursor ?? '~')).toBe(true);
    });
  });

  it('begins anew where an operator has let it be forgotten', async () => {
    const first = await start();
    await say('s', '0');
    await eventually(() => expect(messages(first.sent)).toEqual(['s 0']));
    await opened.webhooks.forget('e');
    await first.ended;
    expect(await opened.webhooks.list()).toEqual([]);
  });
});
