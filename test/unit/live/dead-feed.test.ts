import { describe, expect, it } from 'vitest';
import { readStatus } from '../../../src/domain/live/server-status.js';
import { createStage, inShort, settled, take } from './stage.js';

async function stageWithStatus() {
  const stage = await createStage();
  const store = { ...stage.fake.store, ping: async () => {} };
  const sockets = { open: 0, subscriptions: 0, groups: 0, waitingBytes: 0, mostWaitingBytes: 0 };
  const status = () =>
    readStatus({
      version: '1.2.3',
      engine: 'sqlite',
      store,
      writes: { check: async () => null },
      nearlyFull: () => 0,
      hub: stage.hub,
      sockets: () => sockets,
      stopping: () => false,
    });
  /** The last sign of life may have come just before: so long, and as long again. */
  const fallSilent = async () => {
    for (let times = 0; times < 2; times++) {
      stage.passSilence();
      await settled();
    }
  };
  return { ...stage, status, fallSilent };
}

describe('a feed that has died without a word', () => {
  it('is not reported as live, and its followers are told', async () => {
    const { fake, follow, fallSilent, hub, status } = await stageWithStatus();
    fake.createSession('s');
    const events = follow('s');
    await take(events, 1);
    expect(await status()).toMatchObject({ ready: true, feed: { state: 'live', reason: null, lagMs: 0 } });

    await fallSilent();
    const reason = 'The change feed has fallen silent.';
    expect(await status()).toMatchObject({ ready: false, feed: { state: 'degraded', reason, lagMs: null } });
    expect((await take(events, 1)).map(inShort)).toEqual(['Degraded']);
    await hub.close();
  });

  it('is opened anew, and delivery goes on where it stopped', async () => {
    const { fake, follow, fallSilent, endPauses, hub, status } = await stageWithStatus();
    fake.createSession('s');
    const events = follow('s');
    await take(events, 1);
    fake.append('s', 'a', 'one');
    await fallSilent();
    endPauses();
    fake.deliver();
    expect((await take(events, 3)).map(inShort)).toEqual(['Degraded', 'Restored', 'MessageAdded a one']);
    expect(await status()).toMatchObject({ ready: true, feed: { state: 'live' } });
    await hub.close();
  });

  it('is told from one to which nothing happens by a sign of life', async () => {
    const { fake, passSilence, fallSilent, hub, status } = await stageWithStatus();
    for (let seconds = 0; seconds < 5; seconds++) {
      fake.signOfLife();
      await settled();
      passSilence();
      await settled();
    }
    expect((await status()).feed.state).toBe('live');
    await fallSilent();
    expect((await status()).feed.state).toBe('degraded');
    await hub.close();
  });
});

describe('the status', () => {
  it('shows who follows, and what waits for the one that is furthest behind', async () => {
    const { fake, follow, hub, status } = await stageWithStatus();
    fake.createSession('s');
    fake.deliver();
    await settled();
    const [busy, idle] = [follow('s'), follow('other')];
    await Promise.all([take(busy, 1), take(idle, 1)]);
    fake.append('s', 'a', 'one', 'two');
    fake.deliver();
    await settled();
    expect((await status()).feed).toMatchObject({ followers: 2, queued: 2, longestQueue: 2 });
    await hub.close();
  });

  it('is not ready while the store does not answer or a stop is under way', async () => {
    const { fake, hub } = await stageWithStatus();
    const sources = {
      version: '1.2.3',
      engine: 'sqlite' as const,
      writes: { check: async () => null },
      nearlyFull: () => 0,
      hub,
      sockets: () => ({ open: 0, subscriptions: 0, groups: 0, waitingBytes: 0, mostWaitingBytes: 0 }),
    };
    const ok = { ...fake.store, ping: async () => {} };
    const down = { ...fake.store, ping: () => Promise.reject(new Error('The database is locked.')) };
    expect(await readStatus({ ...sources, store: ok, stopping: () => true })).toMatchObject({ ready: false });
    expect(await readStatus({ ...sources, store: down, stopping: () => false })).toMatchObject({
      ready: false,
      store: { ok: false, reason: 'The database is locked.' },
    });
    const full = { check: async () => 'The disk is full.' };
    expect(await readStatus({ ...sources, store: ok, writes: full, stopping: () => false })).toMatchObject({
      ready: false,
      works: { reads: true, writes: false, live: true },
      store: { ok: false, reason: 'The disk is full.' },
    });
    await hub.close();
  });
});
