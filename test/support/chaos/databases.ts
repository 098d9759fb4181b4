import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type MongoStandIn, type MongoStandInOptions, startMongoStandIn } from '../mongo-stand-in/start.js';
import type { SpawnOptions } from '../parley-process.js';
import { makeTempFolder } from '../temp-folder.js';
import { type Fleet, startFleet } from './fleet.js';
import { type Instance, startInstance } from './instance.js';

/** Servers on one database of their own. */
export interface Deployment extends AsyncDisposable {
  fleet: Fleet;
}

/** One after the other: the first makes what the others find. */
async function startInstances(count: number, env: Record<string, string>, options: SpawnOptions = {}) {
  const instances: Instance[] = [];
  for (let n = 0; n < count; n++) instances.push(await startInstance(`${n}`, env, options));
  return startFleet(instances);
}

export async function deployOnSqlite(count: number, options: SpawnOptions = {}): Promise<Deployment> {
  const folder = await makeTempFolder();
  const fleet = await startInstances(count, { SQLITE_PATH: join(folder.path, 'parley.db') }, options);
  return {
    fleet,
    async [Symbol.asyncDispose]() {
      await fleet.stop();
      await folder.remove();
    },
  };
}

/** `standIn` is null where MONGODB_TEST_URI names a real server, which takes no faults. */
export async function deployOnMongo(
  count: number,
  options: MongoStandInOptions = {},
): Promise<Deployment & { standIn: MongoStandIn | null }> {
  const uri = process.env.MONGODB_TEST_URI;
  const standIn = uri ? null : await startMongoStandIn(options);
  const env = {
    MONGODB_URI: uri ?? standIn?.uri ?? '',
    MONGODB_DATABASE: `chaos_${randomUUID().slice(0, 8)}`,
  };
  const fleet = await startInstances(count, env);
  return {
    fleet,
    standIn,
    async [Symbol.asyncDispose]() {
      await fleet.stop();
      await standIn?.close();
    },
  };
}
