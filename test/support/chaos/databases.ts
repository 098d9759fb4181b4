import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { startTestServer } from '../../stores/mongo/server.js';
import type { MongoStandIn, MongoStandInOptions } from '../mongo-stand-in/start.js';
import { makeTempFolder } from '../temp-folder.js';
import { createClock, type MovableClock } from './clock.js';
import { type Fleet, startFleet } from './fleet.js';
import { type Instance, startInstance } from './instance.js';

/** Servers on one database of their own, each with a clock of its own. */
export interface Deployment extends AsyncDisposable {
  fleet: Fleet;
  clocks: readonly MovableClock[];
}

export async function deployOnSqlite(count: number): Promise<Deployment> {
  const folder = await makeTempFolder();
  return deploy(count, folder, { SQLITE_PATH: join(folder.path, 'parley.db') });
}

/** `standIn` is null where MONGODB_TEST_URI names a real server, which takes no faults. */
export async function deployOnMongo(
  count: number,
  options: MongoStandInOptions = {},
): Promise<Deployment & { standIn: MongoStandIn | null }> {
  const server = await startTestServer(options);
  const env = {
    MONGODB_URI: server.uri,
    MONGODB_DATABASE: `chaos_${randomUUID().slice(0, 8)}`,
  };
  const deployed = await deploy(count, await makeTempFolder(), env);
  return {
    ...deployed,
    standIn: server.standIn,
    async [Symbol.asyncDispose]() {
      await deployed[Symbol.asyncDispose]();
      await server.close();
    },
  };
}

async function deploy(
  count: number,
  folder: Awaited<ReturnType<typeof makeTempFolder>>,
  env: Record<string, string>,
): Promise<Deployment> {
  const names = Array.from({ length: count }, (_, index) => `${index}`);
  const clocks = names.map((name) => createClock(folder.path, name));
  const instances: Instance[] = [];
  // One after the other: the first makes what the others find.
  for (const [index, clock] of clocks.entries()) {
    const options = { nodeArgs: clock.nodeArgs };
    instances.push(await startInstance(`${index}`, { ...env, ...clock.env }, options));
  }
  const fleet = await startFleet(instances);
  return {
    fleet,
    clocks,
    async [Symbol.asyncDispose]() {
      await fleet.stop();
      await folder.remove();
    },
  };
}
