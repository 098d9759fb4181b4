import { expect, it } from 'vitest';
import { ParleyError } from '../../../src/domain/errors.js';
import {
  HistoryLost,
  type LiveBatch,
  type SessionStore,
} from '../../../src/domain/sessions/session-store.js';
import { runningHub } from '../../support/running-hub.js';
import { settled } from './stage.js';

const EMPTY: LiveBatch = { changes: [], position: '1', committedAt: null };

it.each([
  ['fails', new ParleyError('STORE_UNAVAILABLE', 'No read works.')],
  ['loses its history', new HistoryLost('gone')],
])(
  'a feed that opens and %s at every read is told of once, and once more when it works',
  async (_, failure) => {
    const pauses: number[] = [];
    let goOn = () => {};
    let openings = 0;
    let breakDown = () => {};
    const broken = new Promise<void>((resolve) => {
      breakDown = resolve;
    });
    const store = {
      async *changes({ signal }: { signal: AbortSignal }) {
        openings++;
        yield EMPTY;
        if (openings > 1 && openings < 8) throw failure;
        yield EMPTY;
        if (openings > 1)
          return new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
        await broken;
        throw failure;
      },
    } as unknown as SessionStore;
    const hub = await runningHub(store, {
      random: () => 1,
      silenceMs: Number.MAX_SAFE_INTEGER,
      pause: (ms, signal) =>
        new Promise((resolve) => {
          if (signal.aborted) return resolve();
          signal.addEventListener('abort', () => resolve());
          // The watch over the feed's silence waits as well.
          if (ms > 60_000) return;
          pauses.push(ms);
          goOn = resolve;
        }),
    });
    const following = hub.follow(null, () => {});
    breakDown();
    for (let times = 0; times < 7; times++) {
      await settled();
      goOn();
    }
    await settled();
    expect(openings).toBe(8);
    const told = following.takeQueued().map(({ type }) => type);
    expect(told.filter((type) => type !== 'lost')).toEqual(['degraded', 'restored']);
    expect(pauses).toEqual(pauses.toSorted((a, b) => a - b));
    expect(pauses.at(-1)).toBeGreaterThan((pauses[0] as number) * 10);
    await hub.close();
  },
);
