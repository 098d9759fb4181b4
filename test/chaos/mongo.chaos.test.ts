import { describe, expect, it } from 'vitest';
import { deployOnMongo } from '../support/chaos/databases.js';
import {
  cutSockets,
  dropConnections,
  hang,
  killPrimary,
  killServer,
  loseMajority,
  loseOplog,
  loseReplies,
  moveClock,
  moveDatabaseClock,
  stepDown,
} from '../support/chaos/faults.js';
import { report } from '../support/chaos/report.js';
import { chaosSeed } from '../support/chaos/seed.js';
import { runStorm } from '../support/chaos/storm.js';
import { LARGE } from './large.js';
import { rollDeploys } from './roll-deploys.js';

console.log(`chaos: CHAOS_SEED=${chaosSeed}`);

describe('two servers on one MongoDB lose nothing and tell each thing once', () => {
  it('where its primary moves 25 times and is killed 25 times, and much else goes wrong', async () => {
    await using deployed = await deployOnMongo(2, { members: 3, electionMs: 200 });
    const { fleet, clocks, standIn } = deployed;
    const summary = await runStorm({
      ...LARGE,
      seed: chaosSeed,
      fleet,
      faults: [
        { fault: killServer(fleet), times: 10 },
        { fault: cutSockets(fleet), times: 20 },
        { fault: moveClock(clocks), times: 10 },
        ...(standIn
          ? [
              { fault: stepDown(standIn), times: 25 },
              { fault: killPrimary(standIn), times: 25 },
              { fault: loseMajority(standIn), times: 5 },
              { fault: dropConnections(standIn), times: 15 },
              { fault: loseReplies(standIn), times: 20 },
              { fault: hang(standIn), times: 5 },
              { fault: moveDatabaseClock(standIn), times: 5 },
            ]
          : []),
      ],
    });
    report('MongoDB, 50 failovers', summary);
    expect(summary.appends).toBeGreaterThan(300);
  });

  it('where they are replaced in turn, 10 times', async () => {
    await using deployed = await deployOnMongo(2);
    await rollDeploys('MongoDB', deployed.fleet);
  });

  it('or say Resync, where the oplog is lost', async ({ skip }) => {
    await using deployed = await deployOnMongo(2, { members: 3, electionMs: 200 });
    const { fleet, standIn } = deployed;
    if (!standIn) return skip('a real server takes no faults');
    const summary = await runStorm({
      ...LARGE,
      seed: chaosSeed,
      fleet,
      mayResync: true,
      faults: [
        { fault: loseOplog(standIn), times: 15 },
        { fault: killServer(fleet), times: 10 },
        { fault: stepDown(standIn), times: 5 },
        { fault: dropConnections(standIn), times: 10 },
      ],
    });
    report('MongoDB, the oplog lost 15 times', summary);
    expect(summary.resyncs).toBeGreaterThan(0);
  });
});
