import { simulate } from './simulate.js';

/** What of a trace is shown of a simulation that has failed. */
const LAST_LINES = 60;

/** Simulates with so many seeds from the first on; `steps`: of each, absent: as the seed says. Throws with the seed of the first that is wrong. */
export async function simulateAll({ from, count, steps }: { from: number; count: number; steps?: number }) {
  let done = 0;
  for (let seed = from; seed < from + count; seed++) {
    const { fault, trace, steps: taken } = await simulate(seed, steps);
    done += taken;
    if (!fault) continue;
    const length = steps === undefined ? '' : ` with ${steps} steps`;
    throw new Error(`seed ${seed}${length}: ${fault.stack}\n${trace.slice(-LAST_LINES).join('\n')}`);
  }
  return { seeds: count, steps: done };
}
