import { seededRandom } from '../seeded-random.js';
import type { Fleet } from './fleet.js';
import type { ShownMessage } from './records.js';
import { readSession } from './requests.js';
import { append } from './writer.js';

/** Writers of one server that work at the same time. */
const WRITERS = 8;

/** Each server appends `count` messages to one agent, one at a time in several writers, all servers at once. */
export async function appendFromEachServer(
  fleet: Fleet,
  count: number,
): Promise<{ acknowledged: ShownMessage[]; stored: ShownMessage[] }> {
  const place = { sessionId: 'shared', agentId: 'a' };
  const acknowledged: ShownMessage[] = [];
  const write = async (server: number, writer: number) => {
    const { port } = fleet.instances[server] ?? { port: 0 };
    const only = { ...fleet, url: async () => `http://127.0.0.1:${port}/graphql` };
    const caller = { fleet: only, random: seededRandom(writer), record: () => {} };
    for (let n = writer; n < count; n += WRITERS) {
      const text = `${server}.${n}`;
      acknowledged.push(...(await append(caller, place, text, [text])));
    }
  };
  const writers = Array.from({ length: WRITERS }, (_, writer) => writer);
  await Promise.all(
    fleet.instances.flatMap((_instance, server) => writers.map((writer) => write(server, writer))),
  );
  const session = await readSession({ fleet, random: seededRandom(0) }, place.sessionId);
  return { acknowledged, stored: session?.agents[0]?.messages ?? [] };
}
