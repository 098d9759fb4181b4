import { describe, expect, it } from 'vitest';
import { deployOnMongo, deployOnSqlite } from '../support/chaos/databases.js';
import {
  cutSockets,
  dropConnections,
  hang,
  killPrimary,
  killServer,
  loseReplies,
  restartServer,
  stepDown,
} from '../support/chaos/faults.js';
import { observe } from '../support/chaos/observation.js';
import { chaosSeed } from '../support/chaos/seed.js';
import { startSlowReader } from '../support/chaos/slow-reader.js';
import { runStorm } from '../support/chaos/storm.js';
import { startSubscriber } from '../support/chaos/subscriber.js';
import { append } from '../support/chaos/writer.js';
import { seededRandom } from '../support/seeded-random.js';

console.log(`chaos: CHAOS_SEED=${chaosSeed}`);

const SMALL = { seed: chaosSeed, writers: 6, sessions: 3, agents: 2, subscribers: 12 };

describe('two servers lose nothing and tell each thing once', () => {
  it('on one SQLite file, where they are killed, stopped and cut off', { timeout: 300_000 }, async () => {
    await using deployed = await deployOnSqlite(2);
    const { fleet } = deployed;
    const summary = await runStorm({
      ...SMALL,
      fleet,
      writesBetween: [5, 40],
      faults: [
        { fault: killServer(fleet), times: 8 },
        { fault: restartServer(fleet), times: 1 },
        { fault: cutSockets(fleet), times: 4 },
      ],
    });
    expect(summary.reconnects).toBeGreaterThan(12);
    expect(summary.appends).toBeGreaterThan(40);
  });

  it('on one MongoDB, whose primary moves and dies, which hangs, hangs up and loses answers', {
    timeout: 300_000,
  }, async () => {
    await using deployed = await deployOnMongo(2, { members: 3, electionMs: 150 });
    const { fleet, standIn } = deployed;
    const summary = await runStorm({
      ...SMALL,
      fleet,
      writesBetween: [5, 30],
      faults: [
        { fault: killServer(fleet), times: 1 },
        { fault: cutSockets(fleet), times: 3 },
        ...(standIn
          ? [
              { fault: stepDown(standIn), times: 3 },
              { fault: killPrimary(standIn), times: 1 },
              { fault: dropConnections(standIn), times: 3 },
              { fault: loseReplies(standIn), times: 4 },
              { fault: hang(standIn), times: 1 },
            ]
          : []),
      ],
    });
    expect(summary.appends).toBeGreaterThan(20);
    expect(summary.events).toBeGreaterThan(100);
  });
});

describe('a subscriber beside others', () => {
  const LARGE = 'x'.repeat(20_000);

  it.each([
    ['that takes one byte a second', 1],
    ['that stops reading', 0],
  ] as const)('%s is ended, and the others miss nothing', { timeout: 300_000 }, async (_what, rate) => {
    await using deployed = await deployOnSqlite(1);
    const { fleet } = deployed;
    const { record, caughtUp, conclude, checker } = observe({ boundMs: 30_000 });
    const random = seededRandom(chaosSeed);
    const caller = { fleet, random, record };
    const place = { sessionId: 'flood', agentId: 'a' };
    const slow = await startSlowReader(fleet.instances[0]?.port ?? 0, [place.sessionId], rate);
    const scopes = [
      { field: 'messageAdded', sessionId: 'flood', agentId: null },
      { field: 'messageAdded', sessionId: 'flood', agentId: 'a' },
      { field: 'sessionEvents', sessionId: 'flood', agentId: null },
    ] as const;
    const others = scopes.map((scope, n) => startSubscriber({ ...caller, scope, name: `subscriber ${n}` }));
    await caughtUp();
    // More than the network and the server keep for one reader: 16 MB, or 1,000 frames.
    for (let n = 0; n < 16; n++) {
      const texts = Array.from({ length: 100 }, (_, index) => `${n}.${index} ${LARGE}`);
      await append(caller, place, `${n}`, texts);
      // On a busy machine the others would fall behind too, and be ended as rightly.
      await caughtUp();
    }
    expect(['SUBSCRIBER_TOO_SLOW', 'closed']).toContain(await slow.end());
    conclude();
    expect(checker.counts()).toMatchObject({ reconnects: 0, messages: 1_600 });
    for (const other of others) other.leave();
  });
});

describe('a subscriber that comes back after the oplog was lost', () => {
  it('is told Resync, and then every message that it missed', { timeout: 300_000 }, async ({ skip }) => {
    await using deployed = await deployOnMongo(1);
    const { fleet, standIn } = deployed;
    if (!standIn) return skip('a real server takes no faults');
    const { record, caughtUp, conclude, checker } = observe({ boundMs: 30_000, mayResync: true });
    const caller = { fleet, random: seededRandom(chaosSeed), record };
    const place = { sessionId: 's', agentId: 'a' };
    await append(caller, place, 'first', ['first']);
    const scope = { field: 'sessionEvents', sessionId: 's', agentId: null } as const;
    const window = startSubscriber({ ...caller, scope, name: 'window' });
    await caughtUp();
    await append(caller, place, 'seen', ['seen']);
    await caughtUp();
    window.goAway();
    await append(caller, place, 'missed', ['one', 'two', 'three']);
    // What the server has in memory would do: another one has only the database.
    standIn.loseOplog();
    await fleet.instances[0]?.restart('SIGTERM');
    await append(caller, place, 'later', ['later']);
    window.comeBack();
    await caughtUp();
    await append(caller, place, 'last', ['last']);
    await caughtUp();
    conclude();
    expect(checker.counts()).toMatchObject({ messages: 7, resyncs: 1, reconnects: 1 });
    window.leave();
  });
});
