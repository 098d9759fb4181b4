import { compareWithin, quantile } from './harness.mjs';
import { openMongo } from './mongo.mjs';
import { script, startNode, startParley } from './processes.mjs';

const WRITES = 300;

/**
 * From the moment a write is sent, in ms: until its event is at a subscriber, and until a bare change stream of the driver
 * has it, both in the writer's process. Where there is no real server there is nothing to measure.
 */
export async function compareMongoLatency() {
  if (!process.env.MONGODB_BENCH_URI) {
    console.log('set MONGODB_BENCH_URI: on the stand-in times mean nothing');
    return null;
  }
  const mongo = await openMongo();
  const { uri, database } = mongo;
  const env = { MONGODB_URI: uri, MONGODB_DATABASE: database };
  const parley = await startParley('', { core: 0, env });
  const client = startNode([script('latency-client.mjs')], { core: 1 });
  try {
    return await compareWithin({
      async both() {
        const { events, streamed } = await client.ask({
          url: parley.url,
          writes: WRITES,
          stream: { uri, database },
        });
        const later = events.map((event, index) => event - streamed[index]);
        console.log(
          `event after the stream: p50 ${quantile(later, 0.5).toFixed(2)} ms, p99 ${quantile(later, 0.99).toFixed(2)} ms`,
        );
        return { ours: quantile(events, 0.5), theirs: quantile(streamed, 0.5) };
      },
    });
  } finally {
    await Promise.all([parley.stop(), client.stop()]);
    await mongo.close();
  }
}
