import { join } from 'node:path';
import { compareWithin, quantile } from './harness.mjs';
import { script, startNode, startParley } from './processes.mjs';
import { makeFolder } from './workspace.mjs';

const WRITES = 500;

/**
 * From the moment a write is sent, in ms: until its event is at a subscriber, and until its answer is at the writer,
 * which is the first that anyone hears of the commit. Writer and subscriber are one process, and one clock.
 */
export async function compareLatency() {
  const { folder, remove } = makeFolder();
  const parley = await startParley(join(folder, 'parley.db'), { core: 0 });
  const client = startNode([script('latency-client.mjs')], { core: 1 });
  try {
    return await compareWithin({
      async both() {
        const { events, answers } = await client.ask({ url: parley.url, writes: WRITES });
        const later = events.map((event, index) => event - answers[index]);
        console.log(
          `event after its answer: p50 ${quantile(later, 0.5).toFixed(2)} ms, p99 ${quantile(later, 0.99).toFixed(2)} ms`,
        );
        return { ours: quantile(events, 0.5), theirs: quantile(answers, 0.5) };
      },
    });
  } finally {
    await Promise.all([parley.stop(), client.stop()]);
    remove();
  }
}
