import { expect } from 'vitest';
import { rollingDeploy } from '../support/chaos/faults.js';
import { report } from '../support/chaos/report.js';
import { chaosSeed } from '../support/chaos/seed.js';
import { runStorm, type StormOptions } from '../support/chaos/storm.js';
import { LARGE } from './large.js';

/** Replaces the servers in turn, 10 times, under load: subscribers are told to come back, and none is cut off. */
export async function rollDeploys(engine: string, fleet: StormOptions['fleet']): Promise<void> {
  const summary = await runStorm({
    ...LARGE,
    seed: chaosSeed,
    fleet,
    restless: 0,
    faults: [{ fault: rollingDeploy(fleet), times: 10 }],
  });
  report(`${engine}, 10 rolling deploys`, summary);
  expect(summary.closes[1012]).toBeGreaterThan(100);
  expect(summary.closes[1006]).toBeUndefined();
}
