import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTempFolder } from '../temp-folder.js';
import { REPORT_VARIABLE } from './report.js';
import { chaosSeed } from './seed.js';

interface Line {
  name: string;
  seed?: number;
  faults?: Record<string, number>;
  [count: string]: unknown;
}

/** One seed for all tests of a run; prints at the end of a run what all its tests counted together. */
export default async function setup() {
  const folder = await makeTempFolder();
  const path = join(folder.path, 'report.jsonl');
  process.env[REPORT_VARIABLE] = path;
  process.env.CHAOS_SEED = String(chaosSeed);
  return async () => {
    const text = await readFile(path, 'utf8').catch(() => '');
    const lines = text.split('\n').flatMap((line) => (line ? [JSON.parse(line) as Line] : []));
    await folder.remove();
    const totals: Record<string, number> = {};
    const add = (what: string, count: unknown) => {
      if (typeof count === 'number') totals[what] = (totals[what] ?? 0) + count;
    };
    for (const { name: _name, seed: _seed, faults = {}, closes: _closes, ...counts } of lines) {
      for (const [what, count] of Object.entries({ ...faults, ...counts })) add(what, count);
    }
    console.log('\nchaos, all together:');
    for (const [what, count] of Object.entries(totals)) console.log(`  ${what}: ${count}`);
    console.log(`  seeds: ${[...new Set(lines.map(({ seed }) => seed))].filter(Boolean).join(', ')}`);
  };
}
