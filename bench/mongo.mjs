import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { MongoClient } from 'mongodb';
import { startNode } from './processes.mjs';
import { openService } from './service.mjs';
import { startWireCounter } from './wire-counter.mjs';

const STAND_IN = fileURLToPath(new URL('../test/support/mongo-stand-in/run.mjs', import.meta.url));

/**
 * The MongoDB that `MONGODB_BENCH_URI` names, with a database of its own; or the stand-in, where times mean little and
 * commands and bytes are counted instead (`counter`; null on a real server, or where they are not `counted`).
 */
export async function openMongo({ counted = true } = {}) {
  const database = `parley_bench_${randomUUID().slice(0, 8)}`;
  const real = process.env.MONGODB_BENCH_URI;
  const standIn = real ? null : startNode([STAND_IN], { core: 0, env: { PORT: '0' } });
  const counter = standIn && counted ? await startWireCounter(portOf(await standIn.url())) : null;
  const port = counter?.port ?? (standIn && portOf(await standIn.url()).port);
  const uri = real ?? `mongodb://127.0.0.1:${port}/?directConnection=true`;
  const client = await new MongoClient(uri, { minPoolSize: 10, writeConcern: { w: 'majority' } }).connect();
  const { service, close } = await openService({ uri, database, collection: 'sessions', indexes: 'create' });
  return {
    counter,
    service,
    uri,
    database,
    /** The driver on its own, in a collection beside Parley's. */
    raw: client.db(database).collection('raw'),
    client,
    async close() {
      await close();
      await client.db(database).dropDatabase();
      await client.close();
      counter?.close();
      await standIn?.stop();
    },
  };
}

const portOf = (uri) => ({ host: '127.0.0.1', port: Number(/:(\d+)/.exec(uri.slice(10))[1]) });

/** What one run of `step` costs on the wire, over `times` of them with `width` at once. */
export async function countedOn(counter, step, { times, width }) {
  let n = 0;
  counter.take();
  const worker = async () => {
    while (n < times) await step(n++);
  };
  await Promise.all(Array.from({ length: width }, worker));
  const { commands, bytes } = counter.take();
  return { commands: commands / times, bytes: bytes / times };
}
