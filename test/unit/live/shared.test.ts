import { describe, expect, it } from 'vitest';
import type { LiveEvent } from '../../../src/domain/live/live-events.js';
import { allSettled, createSharing } from './sharing.js';
import { createStage, inShort } from './stage.js';

/** An instance, and clients of it that note what they are told. */
async function createInstance(options: Parameters<typeof createStage>[0] = {}) {
  const stage = await createStage(options);
  const sharing = createSharing(stage);
  return {
    ...stage,
    async follow(after: string | null = null) {
      const told: string[] = [];
      const client = sharing.open(after, (event: LiveEvent) => told.push(inShort(event)));
      await allSettled();
      return { told, client };
    },
  };
}

describe('a subscriber that shares an execution', () => {
  it('is told what the one who was first had read before its change came by', async () => {
    const { fake, follow } = await createInstance();
    fake.createSession('s');
    fake.deliver();
    const early = await follow();
    await early.client.close();
    fake.append('s', 'a', 'one');
    const first = await follow();
    const back = await follow(early.client.cursor);
    fake.append('s', 'a', 'two');
    fake.deliver();
    await allSettled();
    expect(first.told).toEqual(['Ready', 'MessageAdded a two']);
    expect(back.told).toEqual(['Ready', 'MessageAdded a one', 'MessageAdded a two']);
  });

  it('gets cursors that know all it has seen, where the others have yet to see it', async () => {
    const { fake, follow } = await createInstance();
    fake.createSession('s');
    fake.deliver();
    const first = await follow();
    fake.changeMetadata('s');
    fake.append('s', 'a', 'one');
    const late = await follow();
    fake.deliver();
    await allSettled();
    expect(first.told).toEqual(['Ready', 'MetadataChanged', 'MessageAdded a one']);
    expect(late.told).toEqual(['Ready', 'MetadataChanged']);
    await late.client.close();
    const back = await follow(late.client.cursor);
    fake.append('s', 'a', 'two');
    fake.deliver();
    await allSettled();
    expect(back.told).toEqual(['Ready', 'MessageAdded a two']);
  });

  it('is not told of the making of a session that it knew', async () => {
    const { fake, follow } = await createInstance();
    const first = await follow();
    fake.createSession('s');
    fake.append('s', 'a', 'one');
    const late = await follow();
    fake.append('s', 'a', 'two');
    fake.deliver();
    await allSettled();
    expect(first.told).toEqual([
      'Ready without session',
      'SessionCreated',
      'MessageAdded a one',
      'MessageAdded a two',
    ]);
    expect(late.told).toEqual(['Ready', 'MessageAdded a two']);
  });

  it('misses nothing where the one who was first came from an instance that was ahead', async () => {
    const one = await createInstance();
    const two = await createInstance({ fake: one.fake });
    const { fake } = one;
    fake.createSession('s');
    fake.append('s', 'a', 'one');
    fake.deliver();
    await allSettled();
    const ahead = await one.follow();
    fake.redact('s', 'a', 0);
    fake.deliver(0);
    await allSettled();
    await ahead.client.close();
    const first = await two.follow(ahead.client.cursor);
    const other = await two.follow();
    fake.append('s', 'a', 'two');
    fake.deliver();
    await allSettled();
    expect(ahead.told).toEqual(['Ready', 'MessageUpdated a [gone]']);
    expect(first.told).toEqual(['Ready', 'MessageAdded a two']);
    expect(other.told).toEqual(['Ready', 'MessageUpdated a [gone]', 'MessageAdded a two']);
  });
});
