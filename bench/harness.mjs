/**
 * Compares two sides in interleaved rounds: a machine that gets slower gets slower for both. Each side measures itself
 * once a round; the ratio is taken within the round. The first round only warms up.
 *
 * @param {{ours: () => Promise<number>, theirs: () => Promise<number>, rounds?: number, others?: Record<string, () => Promise<number>>, otherRounds?: number}} sides
 *   `otherRounds`: how many of the last rounds the others have a turn in; all, and the first one too, where it is not given
 * @returns medians of both sides and of the ratios; `low` and `high` are the quartiles of the ratios; `others`: each
 * other's median figure and ratio to `theirs`
 */
export async function compare({ ours, theirs, rounds = 7, others = {}, otherRounds = rounds + 1 }) {
  const measured = [];
  for (let round = -1; round < rounds; round++) {
    // Who goes first changes, so that neither always follows the other's leftovers.
    const [first, second] = round % 2 === 0 ? [ours, theirs] : [theirs, ours];
    const one = await first();
    const two = await second();
    const pair = first === ours ? { ours: one, theirs: two } : { ours: two, theirs: one };
    const further = {};
    if (round >= rounds - otherRounds)
      for (const [name, measure] of Object.entries(others)) further[name] = await measure();
    if (round >= 0) measured.push({ ...pair, ratio: pair.ours / pair.theirs, further });
    if (process.stderr.isTTY) process.stderr.write(`round ${round + 1} of ${rounds}\r`);
  }
  return summary(measured);
}

/**
 * For two figures of one and the same run: `both` gives them together. The first round only warms up.
 *
 * @param {{both: () => Promise<{ours: number, theirs: number}>, rounds?: number}} measurement
 */
export async function compareWithin({ both, rounds = 5 }) {
  const measured = [];
  for (let round = -1; round < rounds; round++) {
    const { ours, theirs } = await both();
    if (round >= 0) measured.push({ ours, theirs, ratio: ours / theirs, further: {} });
  }
  return summary(measured);
}

function summary(measured) {
  const middle = (figure) => quantile(measured.map(figure), 0.5);
  const ratios = measured.map(({ ratio }) => ratio);
  return {
    ours: middle(({ ours }) => ours),
    theirs: middle(({ theirs }) => theirs),
    ratio: quantile(ratios, 0.5),
    low: quantile(ratios, 0.25),
    high: quantile(ratios, 0.75),
    others: Object.keys(measured.at(-1).further).map((name) => {
      const rounds = measured.filter(({ further }) => name in further);
      const of = (figure) => quantile(rounds.map(figure), 0.5);
      return {
        name,
        figure: of(({ further }) => further[name]),
        ratio: of(({ further, theirs }) => further[name] / theirs),
      };
    }),
  };
}

/** The value below which the share `q` of `values` lies, between neighbours where none is exact. */
export function quantile(values, q) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const below = sorted[Math.floor(at)];
  const above = sorted[Math.ceil(at)];
  return below + (above - below) * (at - Math.floor(at));
}

/** Runs `step(n)` for about `ms`, `width` at once; gives steps per second. */
export async function ratePerSecond(step, { ms, width = 1 }) {
  let done = 0;
  const begin = performance.now();
  const worker = async () => {
    while (performance.now() - begin < ms) await step(done++);
  };
  await Promise.all(Array.from({ length: width }, worker));
  return (done * 1_000) / (performance.now() - begin);
}

/** Median time of `step(n)` in milliseconds, one after the other. */
export async function medianTime(step, times) {
  const all = [];
  for (let n = 0; n < times; n++) {
    const begin = performance.now();
    await step(n);
    all.push(performance.now() - begin);
  }
  return quantile(all, 0.5);
}

/** Three digits that matter. */
export function describeNumber(value) {
  return value >= 1_000 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));
}
