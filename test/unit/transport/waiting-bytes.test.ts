import { describe, expect, it } from 'vitest';
import { createWaitingBytes } from '../../../src/transport/bounds/waiting-bytes.js';

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
});
