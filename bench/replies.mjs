import { join } from 'node:path';
import { compare, quantile } from './harness.mjs';
import { REPORT_CPU } from './live-operations.mjs';
import { script, startNode, startParley } from './processes.mjs';
import { makeFolder } from './workspace.mjs';

/**
 * The server's processor time for each part of a reply that comes to a reader, in µs, against a relay of the same frames. Writers
 * send at their pace, as models do.
 *
 * @param {{replies: number, readers: number, parts: number, everyMs: number, rounds?: number}} shape
 */
export async function compareReplies({ replies, readers, parts, everyMs, rounds = 5 }) {
  const { folder, remove } = makeFolder();
  const client = startNode([script('reply-client.mjs')], { core: 1 });
  const parley = await startParley(join(folder, 'parley.db'), { core: 0, nodeArgs: REPORT_CPU });
  const relay = startNode([...REPORT_CPU, script('reply-relay.mjs')], { core: 0 });
  const urls = { parley: parley.url, relay: await relay.url() };
  const latencies = { parley: [], relay: [] };

  async function perPart(name, server, frame, answers = false) {
    await client.ask({
      do: 'open',
      url: urls[name],
      replies,
      readers,
      ...(frame ? { relay: { frame, answers } } : {}),
    });
    await client.ask({ do: 'write', parts: Math.ceil(parts / 5), everyMs });
    const before = await server.ask('cpu');
    const { latencies: ms, frames, sample } = await client.ask({ do: 'write', parts, everyMs });
    const used = (await server.ask('cpu')) - before;
    await client.ask({ do: 'close' });
    if (!answers) latencies[name].push(...ms);
    if (process.env.BENCH_DETAILS) {
      console.log(
        `${name}: ${frames} frames for ${parts * replies * readers} parts, ${used / (parts * replies * readers)} µs`,
      );
    }
    return { perPart: used / (parts * replies * readers), sample };
  }

  try {
    const { sample } = await perPart('parley', parley);
    console.log(`a frame is ${sample.length} bytes`);
    latencies.parley = [];
    const result = await compare({
      rounds,
      ours: async () => (await perPart('parley', parley)).perPart,
      theirs: async () => (await perPart('relay', relay, sample)).perPart,
      others: {
        'relay that answers its writers': async () => (await perPart('relay', relay, sample, true)).perPart,
      },
    });
    for (const [name, ms] of Object.entries(latencies)) {
      console.log(
        `${name}: written to read p50 ${quantile(ms, 0.5).toFixed(2)} ms, p99 ${quantile(ms, 0.99).toFixed(2)} ms`,
      );
    }
    return result;
  } finally {
    await Promise.all([parley.stop(), relay.stop(), client.stop()]);
    remove();
  }
}
