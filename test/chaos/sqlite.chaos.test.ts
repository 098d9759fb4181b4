import { describe, expect, it } from 'vitest';
import { deployOnSqlite } from '../support/chaos/databases.js';
import { cutSockets, killServer, moveClock, restartServer } from '../support/chaos/faults.js';
import { report } from '../support/chaos/report.js';
import { chaosSeed } from '../support/chaos/seed.js';
import { runStorm } from '../support/chaos/storm.js';
import { LARGE } from './large.js';
import { rollDeploys } from './roll-deploys.js';

console.log(`chaos: CHAOS_SEED=${chaosSeed}`);

describe('two servers on one SQLite file lose nothing and tell each thing once', () => {
  it('where they are killed 50 times, stopped, cut off, and their clocks moved', async () => {
    await using deployed = await deployOnSqlite(2);
    const { fleet, clocks } = deployed;
    const summary = await runStorm({
      ...LARGE,
      seed: chaosSeed,
      fleet,
      faults: [
        { fault: killServer(fleet), times: 50 },
        { fault: restartServer(fleet), times: 5 },
        { fault: cutSockets(fleet), times: 30 },
        { fault: moveClock(clocks), times: 20 },
      ],
    });
    report('SQLite, 50 kills', summary);
    expect(summary.faults['kill -9']).toBe(50);
  });

  it('where they are replaced in turn, 10 times', async () => {
    await using deployed = await deployOnSqlite(2);
    await rollDeploys('SQLite', deployed.fleet);
  });
});
