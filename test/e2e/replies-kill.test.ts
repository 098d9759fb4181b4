import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KillableServer, startKillable } from '../support/killable-server.js';
import { startReplyStorm } from '../support/reply-storm.js';
import { seededRandom } from '../support/seeded-random.js';

const KILLS = Number(process.env.REPLY_KILLS ?? 8);
const seed = Number(process.env.KILL_STORM_SEED ?? Math.floor(Math.random() * 2 ** 31));

let folder = '';
const running: KillableServer[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-reply-storm-'));
});
afterAll(async () => {
  await Promise.all(running.map((server) => server.stop()));
  await rm(folder, { recursive: true, force: true });
});

describe('kill -9 of one of two servers, again and again, while replies are written and read', () => {
  it('leaves every message as its writer meant it, once, and every reader with its text', {
    timeout: 60_000 + KILLS * 30_000,
  }, async () => {
    console.log(`reply storm: KILL_STORM_SEED=${seed}`);
    const path = join(folder, 'parley.db');
    running.push(await startKillable(path), await startKillable(path));
    const random = seededRandom(seed);
    const storm = startReplyStorm({
      targets: running,
      sessions: ['s0', 's1'],
      writers: 6,
      readers: 4,
      seed,
    });
    for (let kill = 0; kill < KILLS; kill++) {
      const until = storm.finishedReplies + random.between(1, 5);
      while (storm.finishedReplies < until) {
        await Promise.race([new Promise((resolve) => setTimeout(resolve, 10)), storm.failed]);
      }
      await Promise.race([random.pick(running).killAndRestart(), storm.failed]);
    }
    const { meant, readers } = await storm.finish();
    for (const { sessionId, reader } of readers) {
      expect(reader.faults).toEqual([]);
      expect([...reader.finished].sort()).toEqual([...(meant.get(sessionId) ?? [])].sort());
    }
    const told = readers.map(({ reader }) => Object.fromEntries(reader.told));
    console.log(`${storm.finishedReplies} replies; a reader was told ${JSON.stringify(told[0])}`);
  });
});
