// `npm run bench` lists the benchmarks, `npm run bench -- <name>` runs one.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { benchmarks } from './benchmarks.mjs';
import { describeNumber } from './harness.mjs';

const name = process.argv[2];
if (name === undefined) {
  for (const [key, { about, goal }] of Object.entries(benchmarks))
    console.log(`${key.padEnd(18)} ${about}; ${goal}`);
} else if (!Object.hasOwn(benchmarks, name)) {
  console.error(`There is no benchmark ${JSON.stringify(name)}. npm run bench lists them.`);
  process.exitCode = 2;
} else {
  const { run } = benchmarks[name];
  // What is measured is the built output: of this source, not of an earlier one.
  execFileSync('npm', ['run', '--silent', 'build'], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: 'inherit',
  });
  report(await run(process.argv.slice(3)));
}

/** Null: what there was to say has been printed. */
function report(result) {
  if (result === null) return;
  const { peer, unit } = benchmarks[name];
  const { ours, theirs, ratio, low, high, others = [], digits = 2, range = 'spread' } = result;
  console.log(`parley ${describeNumber(ours)} ${unit}, ${peer} ${describeNumber(theirs)} ${unit}`);
  for (const other of others) {
    console.log(
      `${other.name} ${describeNumber(other.figure)} ${unit}, ${other.ratio.toFixed(2)} of ${peer}`,
    );
  }
  const [middle, from, to] = [ratio, low, high].map((one) => one.toFixed(digits));
  console.log(`${name} ratio=${middle} ${range}=${from}-${to} peer="${peer}"`);
}
