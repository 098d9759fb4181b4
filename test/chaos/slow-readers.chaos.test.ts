import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { deployOnMongo, deployOnSqlite } from '../support/chaos/databases.js';
import { observe } from '../support/chaos/observation.js';
import { report } from '../support/chaos/report.js';
import { chaosSeed } from '../support/chaos/seed.js';
import { startSlowReader } from '../support/chaos/slow-reader.js';
import { startSubscriber } from '../support/chaos/subscriber.js';
import { append } from '../support/chaos/writer.js';
import { seededRandom } from '../support/seeded-random.js';

const SESSIONS = ['s0', 's1', 's2', 's3'];
const LARGE_TEXT = 'x'.repeat(20_000);
/** What slow readers leave is bounded for each of them: not the 250 MB that six of them would have been sent. */
const MOST_MEMORY_MB = 800;

/** The largest resident size that a process has had. */
async function peakMemoryMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmHWM:\s*(\d+) kB/.exec(status)?.[1]) / 1024);
}

it.each([
  ['SQLite', () => deployOnSqlite(1)],
  ['MongoDB', () => deployOnMongo(1)],
] as const)(
  'on %s, six readers that hardly read are ended, and 20 others miss nothing',
  async (store, deploy) => {
    await using deployed = await deploy();
    const { fleet } = deployed;
    const [instance] = fleet.instances;
    const { record, caughtUp, conclude, checker } = observe({ boundMs: 15_000 });
    const caller = { fleet, random: seededRandom(chaosSeed), record };
    const rates = [0, 1, 0, 1, 0, 1] as const;
    const slow = await Promise.all(rates.map((rate) => startSlowReader(instance?.port ?? 0, SESSIONS, rate)));
    const others = Array.from({ length: 20 }, (_, n) => {
      const sessionId = SESSIONS[n % SESSIONS.length] as string;
      const field = n % 3 === 0 ? ('sessionEvents' as const) : ('messageAdded' as const);
      return startSubscriber({
        ...caller,
        scope: { field, sessionId, agentId: null },
        name: `subscriber ${n}`,
      });
    });
    await caughtUp();
    for (let n = 0; n < 5; n++) {
      for (const sessionId of SESSIONS) {
        const texts = Array.from({ length: 100 }, (_, index) => `${sessionId}.${n}.${index} ${LARGE_TEXT}`);
        await append(caller, { sessionId, agentId: 'a' }, `${n}`, texts);
      }
    }
    // Longer than a socket may take nothing: 10 seconds.
    for (let n = 0; n < 26; n++) {
      for (const sessionId of SESSIONS) {
        await append(caller, { sessionId, agentId: 'a' }, `later ${n}`, [`${sessionId} later ${n}`]);
      }
      await wait(500);
    }
    await caughtUp();
    const ends = await Promise.all(slow.map((reader) => reader.end()));
    for (const end of ends) expect(['SUBSCRIBER_TOO_SLOW', 'closed']).toContain(end);
    conclude();
    const memoryMb = await peakMemoryMb(instance?.process.child.pid ?? 0);
    console.log(`${store}: ${ends.join(', ')}; at most ${memoryMb} MB`);
    expect(memoryMb).toBeLessThan(MOST_MEMORY_MB);
    const counts = checker.counts();
    expect(counts.reconnects).toBe(0);
    report(`${store}, slow readers`, { seed: chaosSeed, ...counts });
    for (const other of others) other.leave();
  },
);
