import { join } from 'node:path';
import { quantile } from './harness.mjs';
import { script, startNode, startParley } from './processes.mjs';
import { fill, QUERY, SESSIONS, sessionId } from './typical-query.mjs';
import { makeFolder } from './workspace.mjs';

const FOR_MS = 40_000;
const LEAST_PAIRS = 30;
/** Short rounds: what else the machine does is then the same for both of a pair. */
const REQUESTS = 200;
const CONNECTIONS = 8;
const WARM_UP = 10;
const SCRAPES = 50;

/**
 * Processor time of the typical query in one server, with what observes it and without, in turns of a tenth of a second. One process:
 * two would differ by how their code happened to be compiled and their memory to lie. `low` to `high` has the median with 95 %.
 *
 * @param {'tracing' | 'metrics'} what
 */
export async function compareObserving(what) {
  const { folder, remove } = makeFolder();
  const path = join(folder, 'parley.db');
  await fill(path);
  const nodeArgs = ['--import', script('switched.mjs')];
  const server = await startParley(path, { core: 0, nodeArgs, main: script('single-modules.mjs') });
  const generator = startNode([script('load.mjs')], { core: 1 });
  const bodies = Array.from({ length: SESSIONS }, (_, n) =>
    JSON.stringify({ query: QUERY, variables: { id: sessionId(n) } }),
  );
  const load = { url: server.url, bodies, connections: CONNECTIONS, requests: REQUESTS };
  /** Processor time of one request. */
  const measure = async (on) => {
    await server.ask({ switch: what, on });
    const before = await server.ask('cpu');
    await generator.ask(load);
    return ((await server.ask('cpu')) - before) / REQUESTS;
  };
  try {
    const pairs = [];
    let until = 0;
    for (let n = -WARM_UP; n < LEAST_PAIRS || performance.now() < until; n++) {
      if (n === 0) until = performance.now() + FOR_MS;
      const first = n % 2 === 0;
      const one = await measure(first);
      const other = await measure(!first);
      const [ours, theirs] = first ? [one, other] : [other, one];
      if (n >= 0) pairs.push({ ours, theirs, ratio: ours / theirs });
    }
    console.log(`${pairs.length} pairs of ${REQUESTS} requests`);
    if (what === 'metrics')
      console.log(`a scrape takes ${(await scrapeTime(server)).toFixed(1)} ms of processor time`);
    return summary(pairs);
  } finally {
    await Promise.all([server.stop(), generator.stop()]);
    remove();
  }
}

/** Processor time of `GET /metrics`, in ms. */
async function scrapeTime(server) {
  const before = await server.ask('cpu');
  for (let n = 0; n < SCRAPES; n++) await (await fetch(new URL('/metrics', server.url))).text();
  return ((await server.ask('cpu')) - before) / SCRAPES / 1_000;
}

/** Of how many independent ones lie below their median, the binomial distribution tells: the ranks between which it is with 95 %. */
function summary(pairs) {
  const of = (name) => pairs.map((pair) => pair[name]);
  const ratios = of('ratio').sort((a, b) => a - b);
  const reach = 1.96 * Math.sqrt(ratios.length) * 0.5;
  const middle = (ratios.length - 1) / 2;
  return {
    ours: quantile(of('ours'), 0.5),
    theirs: quantile(of('theirs'), 0.5),
    ratio: quantile(ratios, 0.5),
    low: ratios[Math.floor(middle - reach)],
    high: ratios[Math.ceil(middle + reach)],
    digits: 3,
    range: '95%',
  };
}
