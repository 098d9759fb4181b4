import { join } from 'node:path';
import { compare, medianTime } from './harness.mjs';
import { openService, textOf } from './service.mjs';
import { makeFolder } from './workspace.mjs';

const LONG = 10_000;
const SHORT = 10;
const APPENDS = 200;
/** The most that one append takes. */
const BATCH = 100;

/**
 * Microseconds of an append to an agent that holds 10,000 messages, and to agents that hold 10. NORMAL: the wait for
 * the disk would hide what grows.
 */
export async function compareLengths() {
  const { folder, remove } = makeFolder();
  const { service, close } = await openService(join(folder, 'parley.db'), { synchronous: 'NORMAL' });
  const append = (sessionId, first, count) =>
    service.appendMessages({
      sessionId,
      agentId: 'support',
      createIfMissing: true,
      messages: Array.from({ length: count }, (_, n) => ({ role: 'user', text: textOf(first + n) })),
    });
  try {
    for (let n = 0; n < LONG; n += BATCH) await append('long', n, BATCH);
    let shortOnes = 0;
    return await compare({
      ours: async () => (await medianTime((n) => append('long', n, 1), APPENDS)) * 1_000,
      theirs: async () => {
        const prefix = `short-${shortOnes++}`;
        for (let n = 0; n < APPENDS; n++) await append(`${prefix}-${n}`, 0, SHORT);
        return (await medianTime((n) => append(`${prefix}-${n}`, n, 1), APPENDS)) * 1_000;
      },
    });
  } finally {
    await close();
    remove();
  }
}
