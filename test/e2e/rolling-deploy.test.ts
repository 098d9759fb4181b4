import { expect, it } from 'vitest';
import { deployOnSqlite } from '../support/chaos/databases.js';
import { rollingDeploy } from '../support/chaos/faults.js';
import { chaosSeed } from '../support/chaos/seed.js';
import { runStorm } from '../support/chaos/storm.js';

it('two servers on one file are replaced in turn: each closes with 1012, and its subscribers go on at the other', {
  timeout: 300_000,
}, async () => {
  console.log(`rolling deploy: CHAOS_SEED=${chaosSeed}`);
  await using deployed = await deployOnSqlite(2);
  const { fleet } = deployed;
  const summary = await runStorm({
    seed: chaosSeed,
    fleet,
    writers: 3,
    sessions: 2,
    agents: 2,
    subscribers: 12,
    restless: 0,
    writesBetween: [30, 60],
    faults: [{ fault: rollingDeploy(fleet), times: 2 }],
  });
  // Nobody was cut off, and each subscriber was moved at least once.
  expect(Object.keys(summary.closes)).toEqual(['1012']);
  expect(summary.reconnects).toBeGreaterThanOrEqual(12);
  expect(summary.appends).toBeGreaterThan(60);
});
