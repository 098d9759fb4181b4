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
import { chaosSeed } from '../support/chaos/seed.js';
import { runStorm } from '../support/chaos/storm.js';

console.log(`chaos: CHAOS_SEED=${chaosSeed}`);

const SMALL = { seed: chaosSeed, writers: 6, sessions: 3, agents: 2, subscribers: 16 };

describe('two servers lose nothing and tell each thing once', () => {
  it('on one SQLite file, where they are killed, stopped and cut off', { timeout: 100_000 }, async () => {
    await using deployed = await deployOnSqlite(2);
    const { fleet } = deployed;
    const summary = await runStorm({
      ...SMALL,
      fleet,
      writesBetween: [5, 60],
      faults: [
        { fault: killServer(fleet), times: 8 },
        { fault: restartServer(fleet), times: 1 },
        { fault: cutSockets(fleet), times: 5 },
      ],
    });
    expect(summary.reconnects).toBeGreaterThan(14);
    expect(summary.appends).toBeGreaterThan(70);
  });

  it('on one MongoDB, whose primary moves and dies, which hangs, hangs up and loses answers', {
    timeout: 100_000,
  }, async () => {
    await using deployed = await deployOnMongo(2, { members: 3, electionMs: 150 });
    const { fleet, standIn } = deployed;
    const summary = await runStorm({
      ...SMALL,
      fleet,
      writesBetween: [5, 40],
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
    console.log(JSON.stringify(summary));
    expect(summary.appends).toBeGreaterThan(20);
    expect(summary.events).toBeGreaterThan(100);
  });
});
