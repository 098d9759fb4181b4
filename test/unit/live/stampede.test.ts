import { describe, expect, it } from 'vitest';
import { createLiveLoads } from '../../../src/domain/live/live-loads.js';
import type { SessionStore } from '../../../src/domain/sessions/session-store.js';
import { createStage, inShort, settled, take } from './stage.js';

describe('a thousand clients that reconnect at once', () => {
  it('with the same cursor share the reads, and each gets everything', async () => {
    const { fake, follow, hub } = await createStage({ ringSize: 0 });
    fake.createSession('s');
    fake.deliver();
    await settled();
    const [ready] = await take(follow('s'), 1);
    const texts = Array.from({ length: 30 }, (_, n) => `${n}`);
    fake.append('s', 'a', ...texts);
    fake.deliver();
    await settled();
    for (const name of Object.keys(fake.calls)) fake.calls[name] = 0;

    const clients = Array.from({ length: 1_000 }, () => follow('s', { after: ready?.cursor ?? null }));
    const seen = await Promise.all(clients.map((events) => take(events, 31)));
    const expected = ['Ready', ...texts.map((text) => `MessageAdded a ${text}`)];
    for (const events of seen) expect(events.map(inShort)).toEqual(expected);
    const commands = Object.values(fake.calls).reduce((sum, count) => sum + count, 0);
    expect(commands).toBeLessThan(20);
    await hub.close();
  });
});

describe('loads for many sessions', () => {
  it('are a bounded number of commands at once, and all answered', async () => {
    let running = 0;
    let most = 0;
    let sizes: number[] = [];
    const store = {
      async loadAgents(requests: readonly unknown[]) {
        running++;
        most = Math.max(most, running);
        sizes = [...sizes, requests.length];
        await settled();
        running--;
        return requests.map(() => []);
      },
    } as unknown as SessionStore;
    const loads = createLiveLoads(store);
    const ask = (n: number) => loads.agents({ sessionId: `s${n}`, among: 'all', windows: [{ last: 1 }] });
    const answers = await Promise.all(Array.from({ length: 1_000 }, (_, n) => ask(n)));
    expect(answers).toHaveLength(1_000);
    expect(most).toBeLessThanOrEqual(8);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(20);
  });
});

describe('a history that is read from the store', () => {
  it('is read for one caller two times at once, and for who asks once in its turn, before all that others wait for', async () => {
    const { fake, hub } = await createStage({ ringSize: 0 });
    for (let n = 0; n < 30; n++) fake.createSession(`s${n}`);
    fake.deliver();
    await settled();
    const running = new Map<string | null, () => void>();
    fake.store.history = ({ sessionId, until }) =>
      new Promise((resolve) => {
        running.set(sessionId, () => resolve({ changes: [], position: until, done: true }));
      });
    const until = hub.position();
    const ask = (sessionId: string, caller: string) => void hub.history(sessionId, '', until, caller);
    for (let n = 0; n < 20; n++) ask(`s${n}`, 'greedy');
    for (let n = 20; n < 25; n++) ask(`s${n}`, 'greedy too');
    await settled();
    expect([...running.keys()]).toEqual(['s0', 's1', 's20', 's21']);
    ask('s29', 'honest');
    running.get('s0')?.();
    await settled();
    expect([...running.keys()].at(-1)).toBe('s29');
    await hub.close();
  });
});

describe('many who begin to follow a session of many agents at once', () => {
  it('are told where they stand one after the other, with turns of the event loop in between', async () => {
    const { fake, follow, hub } = await createStage();
    fake.createSession('wide');
    for (let n = 0; n < 60; n++) fake.append('wide', `agent ${n}`, 'hello');
    fake.deliver();
    await settled();
    let turns = 0;
    let ticking = true;
    const tick = () => {
      turns++;
      if (ticking) setImmediate(tick);
    };
    tick();
    const ready = await Promise.all(Array.from({ length: 40 }, () => take(follow('wide'), 1)));
    ticking = false;
    expect(ready.flat().map(inShort)).toEqual(Array(40).fill('Ready'));
    expect(turns).toBeGreaterThanOrEqual(40);
    await hub.close();
  });
});
