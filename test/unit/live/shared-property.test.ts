import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LiveEvent } from '../../../src/domain/live/live-events.js';
import { HistoryLost } from '../../../src/domain/sessions/session-store.js';
import { allSettled, createSharing, type SharingClient } from './sharing.js';
import { createStage, settled } from './stage.js';

const CLIENTS = 3;
const INSTANCES = 2;
const client = fc.nat(CLIENTS - 1);
const instance = fc.nat(INSTANCES - 1);
/** What may happen, in any order, with any number of turns between. */
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      agent: fc.constantFrom('a' as const, 'b' as const),
      count: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('deliver' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('deliver one' as const), feed: fc.nat(3) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('turn' as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('reconnect' as const), client, instance }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('begin anew' as const), client, instance }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('change' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('redact' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('prune' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('interrupt' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lose' as const) }) },
);

type PerAgent<T> = Record<'a' | 'b', T>;

/** A window: what it was told since it began, and what was written when it began and when it was ready. */
function createWindow(written: PerAgent<string[]>, exists: () => boolean) {
  const counts = (): PerAgent<number> => ({ a: written.a.length, b: written.b.length });
  let seen: PerAgent<string[]> = { a: [], b: [] };
  let began = counts();
  let ready: PerAgent<number> | null = null;
  let created = 0;
  let existed = false;
  let resynced = false;
  let firstOfA: string | null = null;
  let open: SharingClient | null = null;

  function take(event: LiveEvent): void {
    if (event.type === 'Ready' && !ready) {
      ready = counts();
      existed = event.sessionExists;
    } else if (event.type === 'SessionCreated') created++;
    else if (event.type === 'Resync') resynced = true;
    else if (event.type === 'MessageAdded' || event.type === 'MessageUpdated') {
      const { agentId, position, storageId, content } = event.message;
      if (event.type === 'MessageAdded') seen[agentId as 'a' | 'b'].push(storageId ?? '');
      if (agentId === 'a' && position === 0) firstOfA = String(content[0]?.text);
    }
  }

  return {
    async connect(sharing: ReturnType<typeof createSharing>, anew: boolean) {
      const after = anew ? null : (open?.cursor ?? null);
      await open?.close();
      if (after === null) {
        seen = { a: [], b: [] };
        began = counts();
        ready = null;
        created = 0;
        existed = resynced = false;
        firstOfA = null;
      }
      open = sharing.open(after, take);
    },
    close: async () => open?.close(),
    check(redacted: boolean) {
      for (const agent of ['a', 'b'] as const) {
        const first = written[agent].length - seen[agent].length;
        expect(seen[agent]).toEqual(written[agent].slice(first));
        expect(first).toBeGreaterThanOrEqual(began[agent]);
        expect(first).toBeLessThanOrEqual(ready?.[agent] ?? -1);
      }
      expect(created).toBe(!existed && exists() ? 1 : 0);
      if (redacted && firstOfA !== null && !resynced) expect(firstOfA).toBe('[gone]');
    },
  };
}

describe('subscribers that share one execution', () => {
  it('each see every message once and in order, whoever joins, begins anew, moves to another instance and returns', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 40 }),
        fc.constantFrom(0, 100),
        fc.boolean(),
        async (steps, ringSize, early) => {
          const first = await createStage({ ringSize, queueLimit: 1_000 });
          const { fake } = first;
          const stages = [first, await createStage({ ringSize, queueLimit: 1_000, fake })];
          const sharing = stages.map(createSharing);
          let exists = false;
          let redacted = false;
          const create = () => {
            if (!exists) fake.createSession('s');
            exists = true;
          };
          if (early) create();
          const written: PerAgent<string[]> = { a: [], b: [] };
          const windows = Array.from({ length: CLIENTS }, () => createWindow(written, () => exists));
          for (const [index, one] of windows.entries()) {
            await one.connect(sharing[index % INSTANCES] as ReturnType<typeof createSharing>, true);
          }
          await allSettled();

          for (const next of steps) {
            if (next.do === 'append') {
              create();
              for (let count = 0; count < next.count; count++) {
                const text = `${written[next.agent].length}`;
                written[next.agent].push(`${next.agent}-${text}`);
                fake.append('s', next.agent, text);
              }
            } else if (next.do === 'deliver') fake.deliver();
            else if (next.do === 'deliver one') fake.deliver(next.feed);
            else if (next.do === 'turn') await settled();
            else if (next.do === 'prune') fake.prune();
            else if (next.do === 'change') {
              if (exists) fake.changeMetadata('s');
            } else if (next.do === 'redact') {
              if (written.a.length > 0) fake.redact('s', 'a', 0);
              redacted ||= written.a.length > 0;
            } else if (next.do === 'interrupt') fake.interrupt(new Error('cut'));
            else if (next.do === 'lose') fake.interrupt(new HistoryLost('lost'));
            else {
              const on = sharing[next.instance] as ReturnType<typeof createSharing>;
              await windows[next.client]?.connect(on, next.do === 'begin anew');
            }
          }
          for (let turn = 0; turn < 12; turn++) {
            fake.deliver();
            for (const { endPauses } of stages) endPauses();
            await settled();
          }
          await allSettled();
          for (const one of windows) one.check(redacted);
          for (const one of windows) await one.close();
          await settled();
          for (const { groups } of sharing) expect(groups.size).toBe(0);
          for (const { hub } of stages) expect(hub.status().followers).toBe(0);
        },
      ),
      { numRuns: 1_500 },
    );
  });
});
