import { describe, expect, it, onTestFinished } from 'vitest';
import { createTranscript } from '../../src/adapters/claude-agent-sdk/transcript.js';
import { openPort } from '../../src/adapters/place.js';
import type { AppendOptions, ConversationPort } from '../../src/adapters/port.js';
import { ParleyError } from '../../src/domain/errors.js';
import { BACKINGS } from './backings.js';
import { entry, stageOn } from './claude-agent-sdk-stage.js';

let serial = 0;

describe.each(Object.entries(BACKINGS))(
  'a transcript of the Claude Agent SDK on %s',
  (_name, openBacking) => {
    const { place } = stageOn(openBacking);

    /** As several processes have it; `around` stands around what each writes. */
    async function opened(
      around: (write: () => Promise<number[]>, options: AppendOptions) => Promise<number[]>,
    ) {
      const agent = { sessionId: `faults-${++serial}`, agentId: 'agent' };
      const port = await openPort(place());
      onTestFinished(() => port.close());
      const faulty: ConversationPort = {
        ...port,
        append: (agent, entries, options) => around(() => port.append(agent, entries, options), options),
      };
      return { faulty: createTranscript(faulty, agent, {}), other: createTranscript(port, agent, {}) };
    }

    it.each([1, 2, 3])(
      'holds a call once that was made, failed and came again, also in its part %i',
      async (part) => {
        let writes = 0;
        const { faulty, other } = await opened(async (write) => {
          const positions = await write();
          writes += 1;
          if (writes === part) throw new ParleyError('STORE_UNAVAILABLE', 'The answer was lost.');
          return positions;
        });
        const entries = Array.from({ length: 250 }, (_, n) => entry(n % 2 ? { n } : { n, uuid: `u${n}` }));
        await expect(faulty.append(entries)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
        await other.append([entry({ uuid: 'between' })]);
        await faulty.append(entries);
        await faulty.append([entry({ uuid: 'after' })]);
        const loaded = (await other.load()) ?? [];
        expect(loaded.filter(({ uuid }) => uuid !== 'between')).toEqual([
          ...entries,
          entry({ uuid: 'after' }),
        ]);
        expect(loaded).toHaveLength(252);
      },
    );

    it('loses nothing of several that write at once, and keeps the order of each', async () => {
      const { faulty, other } = await opened((write) => write());
      const turns = [0, 1, 2, 3].map((turn) => turn * 3);
      const of = (who: string, turn: number) =>
        [turn, turn + 1, turn + 2].map((n) => entry({ who, n, uuid: `${who}${n}` }));
      const all = [entry({ uuid: 'shared' })];
      await Promise.all(
        turns.flatMap((turn) => [
          faulty.append([...all, ...of('a', turn)]),
          other.append([...all, ...of('b', turn)]),
        ]),
      );
      const loaded = (await faulty.load()) ?? [];
      for (const who of ['a', 'b']) {
        const own = loaded.filter((one) => one.who === who);
        expect(own).toEqual(turns.flatMap((turn) => of(who, turn)));
      }
      expect(loaded).toHaveLength(25);
    });

    it('takes in anew what it has written before, where another has deleted it right then', async () => {
      let isDue = false;
      const { faulty, other } = await opened(async (write) => {
        if (isDue) {
          isDue = false;
          await other.remove();
        }
        return write();
      });
      const entries = Array.from({ length: 120 }, (_, n) => entry({ uuid: `u${n}` }));
      await faulty.append(entries);
      for (const given of [entries, [...entries, entry({ uuid: 'more' })], entries.slice(0, 20)]) {
        isDue = true;
        await faulty.append(given);
        expect(await other.load()).toEqual(given);
      }
    });
  },
);
