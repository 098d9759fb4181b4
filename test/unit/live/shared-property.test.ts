import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSlowReader } from '../../../src/domain/follow.js';
import { followSession } from '../../../src/domain/follow-session.js';
import type { LiveEvent } from '../../../src/domain/live-events.js';
import { HistoryLost } from '../../../src/domain/session-store.js';
import { createSubscriptionGroups } from '../../../src/graphql/subscription-groups.js';
import { createStage, settled } from './stage.js';

const CLIENTS = 3;
const client = fc.nat(CLIENTS - 1);
/** What may happen, in any order, with any number of turns between. */
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      agent: fc.constantFrom('a', 'b'),
      count: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('deliver' as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('turn' as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('reconnect' as const), client }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('redact' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('prune' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('interrupt' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lose' as const) }) },
);

describe('subscribers that share one execution', () => {
  it('each see every message once and in order, whoever joins, leaves and returns', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 40 }),
        fc.constantFrom(0, 100),
        async (steps, ringSize) => {
          const { fake, deps, hub, endPauses } = await createStage({ ringSize, queueLimit: 1_000 });
          const groups = createSubscriptionGroups();
          fake.createSession('s');
          const written: Record<string, string[]> = { a: [], b: [] };
          const clients = Array.from({ length: CLIENTS }, () => {
            const seen: Record<string, string[]> = { a: [], b: [] };
            let cursor: string | null = null;
            let feed: AsyncGenerator<LiveEvent> | null = null;
            const note = (event: LiveEvent) => {
              cursor = event.cursor;
              if (event.type === 'MessageAdded') seen[event.agentId]?.push(event.message.storageId ?? '');
            };
            return {
              seen,
              async open() {
                await feed?.return(undefined);
                const reader = createSlowReader();
                const mine = followSession(deps, {
                  sessionId: 's',
                  agentId: null,
                  only: 'everything',
                  after: cursor,
                  reader,
                  handOver: {
                    lacking: (standing) => groups.lacking('same', standing),
                    join: (standing, open, signal) =>
                      groups.join(
                        'same',
                        standing,
                        {
                          open,
                          execute: async (event) => JSON.stringify(event),
                          revision: hub.revision,
                          refreshed: deps.loads.refreshed,
                        },
                        {
                          reader,
                          deliver: (payload) => void (feed === mine && note(JSON.parse(String(payload)))),
                        },
                        signal,
                      ),
                  },
                });
                feed = mine;
                void (async () => {
                  for await (const event of mine) if (feed === mine) note(event);
                })();
              },
              close: async () => {
                await feed?.return(undefined);
              },
            };
          });
          for (const one of clients) await one.open();
          // What is written before Ready is no news.
          for (let turn = 0; turn < 3; turn++) await settled();

          for (const next of steps) {
            if (next.do === 'append') {
              for (let count = 0; count < next.count; count++) {
                const text = `${written[next.agent]?.length}`;
                written[next.agent]?.push(`${next.agent}-${text}`);
                fake.append('s', next.agent, text);
              }
            } else if (next.do === 'deliver') fake.deliver();
            else if (next.do === 'turn') await settled();
            else if (next.do === 'prune') fake.prune();
            else if (next.do === 'redact') {
              if ((written.a?.length ?? 0) > 0) fake.redact('s', 'a', 0);
            } else if (next.do === 'interrupt') fake.interrupt(new Error('cut'));
            else if (next.do === 'lose') fake.interrupt(new HistoryLost('lost'));
            else await clients[next.client]?.open();
          }
          for (let turn = 0; turn < 12; turn++) {
            fake.deliver();
            endPauses();
            await settled();
          }
          for (const { seen } of clients) expect(seen).toEqual(written);
          expect(groups.size).toBe(1);
          for (const one of clients) await one.close();
          await settled();
          expect(groups.size).toBe(0);
          expect(hub.status().followers).toBe(0);
        },
      ),
      { numRuns: 300 },
    );
  });
});
