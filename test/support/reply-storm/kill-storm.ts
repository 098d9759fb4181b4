import { expect } from 'vitest';
import { type KillableServer, startKillable } from '../killable-server.js';
import { seededRandom } from '../seeded-random.js';
import { startReplyStorm } from './storm.js';

export interface ReplyKillsOptions {
  /** Names the database to a server. */
  env: Record<string, string>;
  kills: number;
  writers: number;
  /** Of all sessions together. */
  readers: number;
  seed: number;
}

const SESSIONS = ['s0', 's1'];

/** `kill -9` of one of two servers, again and again, under writers and readers of replies; then all of them are compared. */
export async function killUnderReplies({ env, kills, writers, readers, seed }: ReplyKillsOptions) {
  const running: KillableServer[] = [];
  try {
    // One after the other: the first makes what the other finds.
    for (const _ of [1, 2]) running.push(await startKillable(env));
    const random = seededRandom(seed);
    const storm = await startReplyStorm({
      targets: running,
      sessions: SESSIONS,
      writers,
      readers: readers / SESSIONS.length,
      seed,
    });
    for (let kill = 0; kill < kills; kill++) {
      await Promise.race([storm.finishedReplies.more(random.between(1, 5)), storm.failed]);
      await Promise.race([random.pick(running).killAndRestart(), storm.failed]);
    }
    const { meant, stored, readers: all, late } = await storm.finish();
    for (const sessionId of SESSIONS) {
      expect([...(stored.get(sessionId) ?? [])].sort()).toEqual([...(meant.get(sessionId) ?? [])].sort());
    }
    for (const { sessionId, finished, unfinished } of all) {
      expect(finished).toEqual(stored.get(sessionId));
      expect(unfinished()).toEqual([]);
    }
    const told = Object.fromEntries(all[0]?.told ?? []);
    return { seed, kills, replies: storm.finishedReplies.count, readers: all.length, told, late };
  } finally {
    await Promise.all(running.map((server) => server.stop()));
  }
}
