import { expect, it } from 'vitest';
import { deployOnMongo } from '../../support/chaos/databases.js';
import type { ShownMessage } from '../../support/chaos/records.js';
import { readSession } from '../../support/chaos/requests.js';
import { append } from '../../support/chaos/writer.js';
import { seededRandom } from '../../support/seeded-random.js';

const EACH = 1_000;
/** Writers of one server that work at the same time. */
const WRITERS = 8;

it(`two servers that append ${EACH} messages each to one agent number them without gap or repeat`, {
  timeout: 300_000,
}, async () => {
  await using deployed = await deployOnMongo(2);
  const { fleet } = deployed;
  const place = { sessionId: 'shared', agentId: 'a' };
  const acknowledged: ShownMessage[] = [];
  const write = async (server: number, port: number, writer: number) => {
    const only = { ...fleet, url: async () => `http://127.0.0.1:${port}/graphql` };
    const caller = { fleet: only, random: seededRandom(writer), record: () => {} };
    for (let n = writer; n < EACH; n += WRITERS) {
      const text = `${server}.${n}`;
      acknowledged.push(...(await append(caller, place, text, [text])));
    }
  };
  const writers = Array.from({ length: WRITERS }, (_, writer) => writer);
  await Promise.all(
    fleet.instances.flatMap(({ port }, server) => writers.map((writer) => write(server, port, writer))),
  );
  const numbers = Array.from({ length: 2 * EACH }, (_, index) => index);
  acknowledged.sort((a, b) => a.position - b.position);
  expect(acknowledged.map(({ messageId }) => messageId)).toEqual(numbers);
  const stored = await readSession({ fleet, random: seededRandom(0) }, place.sessionId);
  expect(stored?.agents).toEqual([{ agentId: 'a', messages: acknowledged }]);
});
