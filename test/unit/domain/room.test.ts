import { describe, expect, it } from 'vitest';
import { createRoom } from '../../../src/domain/fairness/room.js';
import { madeBy } from '../../../src/domain/fairness/shares.js';

function stage() {
  const room = createRoom(100, 10);
  const begun: string[] = [];
  const take = (caller: string, name: string, size = 10) => {
    const place = room(caller, size);
    if (place.ready) void place.ready.then(() => begun.push(name));
    else begun.push(name);
    return place;
  };
  return { take, begun, settled: () => new Promise((resolve) => setImmediate(resolve)) };
}

describe('a room', () => {
  it('is half of one caller who is alone, and what is beyond waits until something is answered', async () => {
    const { take, begun, settled } = stage();
    const places = Array.from({ length: 7 }, (_, n) => take('a', `a${n}`));
    expect(begun).toEqual(['a0', 'a1', 'a2', 'a3', 'a4']);
    places[2]?.end();
    await settled();
    expect(begun.at(-1)).toBe('a5');
    expect(begun).toHaveLength(6);
  });

  it('has something left for the next, and one thing for each, however many there are', () => {
    const { take, begun } = stage();
    for (const caller of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) {
      for (let n = 0; n < 10; n++) take(caller, caller);
    }
    const of = (caller: string) => begun.filter((name) => name === caller).length;
    expect(of('a')).toBe(5);
    expect(of('b')).toBe(3);
    for (const caller of ['c', 'd', 'e', 'f', 'g']) expect(of(caller)).toBeGreaterThanOrEqual(1);
  });

  it('is that of who had a session token made, of which one token leaves something', () => {
    const { take, begun } = stage();
    for (let n = 0; n < 5; n++) take(madeBy('t', 'a'), 'token');
    for (let n = 0; n < 5; n++) take('a', 'maker');
    expect(begun).toEqual(['token', 'token', 'token', 'token', 'maker']);
  });

  it('waits for nobody who has gone', async () => {
    const { take, begun, settled } = stage();
    const places = Array.from({ length: 7 }, (_, n) => take('a', `a${n}`));
    places[5]?.end();
    places[0]?.end();
    places[0]?.end();
    await settled();
    expect(begun.slice(5)).toEqual(['a6']);
  });
});
