// What the programs share that tests run in a process of their own (child-agent.ts).
import { fileURLToPath } from 'node:url';

/** Answers the first message with what `main` makes of it. `module`: its URL; nothing happens where a test has imported it. */
export function answers(module, main) {
  if (process.argv[1] !== fileURLToPath(module)) return;
  process.once('message', async (input) => {
    process.send(await main(input), () => process.disconnect());
  });
}

/** Works in the place that a test has told (`elsewhere` of a Backing), and leaves it. */
export async function inPlace({ serverUrl, ...database }, work) {
  if (!serverUrl) return work(database);
  const { createClient } = await import('../../dist/client/index.js');
  const client = createClient({ url: serverUrl });
  const result = await work({ server: client });
  await client.close();
  return result;
}
