import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LiveEvent } from '../../../src/domain/live/live-events.js';
import { HistoryLost } from '../../../src/domain/sessions/session-store.js';
import { createStage, settled } from './stage.js';

/** What may happen, in any order. */
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      agent: fc.constantFrom('a', 'b'),
      count: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('deliver' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('take' as const), count: fc.integer({ min: 1, max: 5 }) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('reconnect' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('prune' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('interrupt' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lose' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('metadata' as const) }) },
);

describe('a client that reconnects with its last cursor', () => {
  it('sees every message once and in order, whatever happens to the feed and the history', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 40 }),
        fc.constantFrom(0, 3, 100),
        async (steps, ringSize) => {
          const { fake, follow, endPauses } = await createStage({ ringSize, queueLimit: 1_000 });
          fake.createSession('s');
          const seen: Record<string, string[]> = { a: [], b: [] };
          const written: Record<string, string[]> = { a: [], b: [] };
          let cursor: string | null = null;
          let events = follow('s');
          let waiting: Promise<IteratorResult<LiveEvent>> | null = null;

          const note = (event: LiveEvent) => {
            cursor = event.cursor;
            if (event.type === 'MessageAdded')
              seen[event.agentId]?.push(String(event.message.content[0]?.text));
          };
          /** Takes what is there, and no more: a wait that goes on is kept for the next time. */
          const takeSome = async (count: number) => {
            for (let taken = 0; taken < count; taken++) {
              waiting ??= events.next();
              const result = await Promise.race([waiting, quiet(endPauses)]);
              if (result === null) return;
              waiting = null;
              if (!result.done) note(result.value);
            }
          };
          await takeSome(1);

          for (const next of steps) {
            if (next.do === 'append') {
              for (let count = 0; count < next.count; count++) {
                const text = `${next.agent}${written[next.agent]?.length}`;
                written[next.agent]?.push(text);
                fake.append('s', next.agent, text);
              }
            } else if (next.do === 'deliver') fake.deliver();
            else if (next.do === 'take') await takeSome(next.count);
            else if (next.do === 'prune') fake.prune();
            else if (next.do === 'metadata') fake.changeMetadata('s');
            else if (next.do === 'interrupt') fake.interrupt(new Error('cut'));
            else if (next.do === 'lose') fake.interrupt(new HistoryLost('lost'));
            else {
              // What the server had made but the client not received is lost with the socket.
              await events.return(undefined);
              waiting = null;
              events = follow('s', { after: cursor });
            }
          }
          fake.deliver();
          await takeSome(500);
          expect(seen).toEqual(written);
          await events.return(undefined);
        },
      ),
      { numRuns: 150 },
    );
  });
});

/** Null when nothing more comes of its own. */
async function quiet(endPauses: () => void): Promise<null> {
  for (let turn = 0; turn < 6; turn++) {
    endPauses();
    await settled();
  }
  return null;
}
