import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { cutSockets, killServer, restartServer } from '../support/chaos/faults.js';
import { startFleet } from '../support/chaos/fleet.js';
import { startInstance } from '../support/chaos/instance.js';
import { chaosSeed } from '../support/chaos/seed.js';
import { runStorm } from '../support/chaos/storm.js';
import { makeTempFolder } from '../support/temp-folder.js';

console.log(`chaos: CHAOS_SEED=${chaosSeed}`);

/** Servers on one SQLite file. */
async function sqliteFleet(count: number) {
  const folder = await makeTempFolder();
  const env = { SQLITE_PATH: join(folder.path, 'parley.db') };
  const instances = [];
  // One after the other: the first makes the file.
  for (let n = 0; n < count; n++) instances.push(await startInstance(`${n}`, env));
  const fleet = await startFleet(instances);
  onTestFinished(async () => {
    await fleet.stop();
    await folder.remove();
  });
  return fleet;
}

describe('on one SQLite file', () => {
  it('two servers that are killed, stopped and cut off lose nothing and tell each thing once', {
    timeout: 60_000,
  }, async () => {
    const fleet = await sqliteFleet(2);
    const summary = await runStorm({
      seed: chaosSeed,
      fleet,
      writers: 6,
      sessions: 3,
      agents: 2,
      subscribers: 16,
      writesBetween: [5, 60],
      faults: [
        { fault: killServer(fleet), times: 8 },
        { fault: restartServer(fleet), times: 2 },
        { fault: cutSockets(fleet), times: 8 },
      ],
    });
    console.log(JSON.stringify(summary));
    expect(summary.reconnects).toBeGreaterThan(18);
    expect(summary.appends).toBeGreaterThan(90);
  });
});
