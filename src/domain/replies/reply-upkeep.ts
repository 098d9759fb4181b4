import { backoff, type Pause } from '../async/pause.js';
import type { OpenReplies } from './open-replies.js';
import type { ReplyStore } from './reply-store.js';

export interface ReplyUpkeepOptions {
  store: ReplyStore;
  replies: OpenReplies;
  pause: Pause;
  random: () => number;
  onFailure: (error: unknown) => void;
}

/** How often late writers are looked for: each instance does it, and the store lets one of them find each. */
const LOOK_EVERY_MS = 1_000;
const MAX_BACKOFF_MS = 1_000;

/** What goes on beside the calls: hears of what other processes write, and gives up whom nobody has heard of. */
export function startReplyUpkeep(options: ReplyUpkeepOptions): { stop(): Promise<void> } {
  const { store, replies, pause, random, onFailure } = options;
  const stopping = new AbortController();
  const { signal } = stopping;

  async function listen(): Promise<void> {
    for (let failures = 0; !signal.aborted; failures++) {
      try {
        let first = true;
        for await (const { notices, lost } of store.feed(signal)) {
          if (first || lost) await replies.missed();
          first = false;
          failures = 0;
          await replies.noticed(notices);
        }
      } catch (error) {
        if (!signal.aborted) onFailure(error);
      }
      await pause(backoff(failures, MAX_BACKOFF_MS, random), signal);
    }
  }

  async function look(): Promise<void> {
    for (let failing = false; !signal.aborted; await pause(LOOK_EVERY_MS, signal)) {
      try {
        await replies.noticed(await store.abandonOverdue());
        replies.tidy();
        failing = false;
      } catch (error) {
        if (!failing && !signal.aborted) onFailure(error);
        failing = true;
      }
    }
  }

  const running = Promise.all([listen(), look()]);
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
