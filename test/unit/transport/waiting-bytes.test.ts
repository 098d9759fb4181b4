import { describe, expect, it } from 'vitest';
import { madeBy, makerOf } from '../../../src/domain/fairness/shares.js';
import { MostFirst } from '../../../src/transport/bounds/most-first.js';
import { createWaitingBytes } from '../../../src/transport/bounds/waiting-bytes.js';
import { seededRandom } from '../../support/seeded-random.js';

function stage(limits = { together: 100, ofCaller: 60 }) {
  const waiting = createWaitingBytes(limits);
  const cut: string[] = [];
  return {
    waiting,
    cut,
    peer: (name: string, caller = 'a') => waiting.peer({ caller: () => caller, cut: () => cut.push(name) }),
  };
}

describe('what waits to be taken', () => {
  it('is let go of as it is taken, and when the peer goes', () => {
    const { waiting, peer } = stage();
    const one = peer('one');
    const release = one.hold({}, 20);
    one.hold({}, 30);
    expect(waiting.bytes).toBe(50);
    release();
    release();
    expect(waiting.bytes).toBe(30);
    one.end();
    expect(waiting.bytes).toBe(0);
  });

  it('counts once what many wait for', () => {
    const { waiting, cut, peer } = stage();
    const event = {};
    const releases = Array.from({ length: 50 }, (_, index) => peer(`p${index}`).hold(event, 50));
    expect(waiting.bytes).toBe(50);
    for (const release of releases) release();
    expect(waiting.bytes).toBe(0);
    expect(cut).toEqual([]);
  });

  it('cuts those of a caller who have taken nothing for the longest, and only as many as it must', () => {
    const { waiting, cut, peer } = stage();
    const [one, two, three] = ['one', 'two', 'three'].map((name) => peer(name));
    one?.hold({}, 20);
    two?.hold({}, 20);
    three?.hold({}, 20);
    one?.taken();
    peer('four').hold({}, 20);
    expect(cut).toEqual(['two']);
    expect(waiting.bytes).toBe(60);
  });

  it('never cuts the one that has just been given something: an answer may be larger than the bound', () => {
    const { cut, peer } = stage();
    peer('one').hold({}, 1_000);
    expect(cut).toEqual([]);
    peer('two').hold({}, 10);
    expect(cut).toEqual(['one']);
  });

  it('cuts of all callers one of who has most waiting', () => {
    const { waiting, cut, peer } = stage();
    peer('quiet', 'b').hold({}, 10);
    for (const name of ['one', 'two', 'three']) peer(name).hold({}, 20);
    peer('other', 'c').hold({}, 40);
    expect(cut).toEqual(['one']);
    expect(waiting.bytes).toBe(90);
  });

  it('cuts of the session tokens of one maker one of who has most waiting', () => {
    const { waiting, cut, peer } = stage();
    const token = (name: string) => madeBy(name, 'a');
    peer('maker').hold({}, 5);
    peer('one', token('one')).hold({}, 10);
    peer('two', token('two')).hold({}, 25);
    peer('three', token('two')).hold({}, 5);
    peer('other', 'b').hold({}, 30);
    peer('four', token('four')).hold({}, 40);
    expect(cut).toEqual(['two']);
    expect(waiting.bytes).toBe(90);
    // Of the one with most what was there before.
    peer('five', token('four')).hold({}, 1);
    expect(cut).toEqual(['two', 'four']);
  });

  it('cuts the same as who looks at all that wait, whoever holds, takes and goes', () => {
    const { between } = seededRandom(7);
    const random = (below: number) => between(0, below - 1);
    for (let round = 0; round < 200; round++) {
      const limits = { together: 1e8 + random(1e8), ofCaller: 6e7 + random(6e7) };
      const { waiting, cut, peer } = stage(limits);
      const model = createModel(limits);
      const names = Array.from({ length: 12 }, (_, at) => `p${at}`);
      const callers = names.map((_, at) => ['a', 'b', madeBy('t', 'a'), madeBy('u', 'a')][at % 4] as string);
      const peers = names.map((name, at) => peer(name, callers[at]));
      for (let step = 0; step < 60; step++) {
        const at = random(names.length);
        const [name, caller] = [names[at] as string, callers[at] as string];
        if (random(4) > 0) {
          // Of different sizes: which one of those that have as much is cut is nobody's promise.
          const bytes = 1 + random(3e7);
          peers[at]?.hold(null, bytes);
          model.hold(name, caller, bytes);
        } else if (random(2) > 0) {
          peers[at]?.taken();
          model.taken(name);
        } else {
          peers[at]?.end();
          model.end(name);
        }
        expect(cut).toEqual(model.cut);
      }
      for (const one of peers) one.end();
      expect(waiting.bytes).toBe(0);
    }
  });

  it('looks at few of thousands of callers to find the one with most', () => {
    let looks = 0;
    const things = Array.from({ length: 10_000 }, (_, at) => {
      const thing = { rank: -1, has: (at * 7_919) % 10_007, amount: () => ++looks && thing.has };
      return thing;
    });
    const most = new MostFirst<(typeof things)[number]>();
    for (const thing of things) most.place(thing);
    for (const thing of things) {
      thing.has = (thing.has * 31) % 10_009;
      most.place(thing);
    }
    const found: number[] = [];
    for (let first = most.first; first; first = most.first) {
      found.push(first.has);
      most.leave(first);
    }
    expect(found).toEqual(things.map(({ has }) => has).sort((one, other) => other - one));
    // Three rounds of as many, each with some looks at the levels of a heap of 14.
    expect(looks).toBeLessThan(3 * 10_000 * 14 * 6);
  });
});

/** What the bounds promise, by a look at everything. */
function createModel(limits: { together: number; ofCaller: number }) {
  let entries: { name: string; caller: string; bytes: number }[] = [];
  const cut: string[] = [];
  const sum = (of: typeof entries) => of.reduce((all, { bytes }) => all + bytes, 0);
  const ofMaker = (maker: string) => entries.filter(({ caller }) => makerOf(caller) === maker);
  const most = (names: string[], bytesOf: (name: string) => number) =>
    [...new Set(names)].sort((one, other) => bytesOf(other) - bytesOf(one));
  const slowest = (maker: string, newest: string) =>
    most(
      ofMaker(maker).map(({ caller }) => caller),
      (name) => sum(entries.filter(({ caller }) => caller === name)),
    )
      .flatMap((caller) => entries.filter((one) => one.caller === caller && one.name !== newest))
      .at(0);
  const end = (name: string) => {
    entries = entries.filter((one) => one.name !== name);
  };
  const cutOne = (victim: { name: string } | undefined) => {
    if (!victim) return false;
    end(victim.name);
    cut.push(victim.name);
    return true;
  };
  return {
    cut,
    end,
    taken(name: string) {
      const one = entries.find((entry) => entry.name === name);
      if (one) entries = [...entries.filter((entry) => entry !== one), one];
    },
    hold(name: string, caller: string, bytes: number) {
      const known = entries.find((one) => one.name === name);
      if (known) known.bytes += bytes;
      else entries.push({ name, caller, bytes });
      const maker = makerOf(caller);
      while (sum(ofMaker(maker)) > limits.ofCaller && cutOne(slowest(maker, name)));
      while (sum(entries) > limits.together) {
        const [greediest = maker] = most(
          entries.map((one) => makerOf(one.caller)),
          (one) => sum(ofMaker(one)),
        );
        if (!cutOne(slowest(greediest, name) ?? slowest(maker, name))) break;
      }
    },
  };
}
