import { describe, expect, it } from 'vitest';
import { addressKey, callerKey } from '../../../src/domain/access/caller-key.js';
import { createCallerQueue } from '../../../src/domain/fairness/caller-queue.js';
import { hasRoom, madeBy, makerOf } from '../../../src/domain/fairness/shares.js';

const token = (id: string, maker = 'key k') => madeBy(id, maker);

describe('the share of a caller', () => {
  it('is its own, and of a session token that of who had it made, however that one is called', () => {
    const caller = { kind: 'session-token', id: 't1' } as const;
    for (const maker of [
      'key k',
      'address ::1',
      'jwt https://id.example.org a of b',
      'jwt session-token x of key k',
    ])
      expect(makerOf(callerKey({ ...caller, maker }, '10.0.0.1'))).toBe(maker);
    for (const own of ['key k of l', 'address ::1', 'jwt session-token x of key k', 'viewer a of b'])
      expect(makerOf(own)).toBe(own);
    // A token from before, of whose maker nothing is known.
    expect(makerOf(callerKey(caller, ''))).toBe('session-token t1');
  });

  it('without a credential is its address, of IPv6 the network that it is in', () => {
    const same = [
      ['10.0.0.1'],
      ['::ffff:10.0.0.1'],
      ['2001:db8::1', '2001:DB8::2:3', '2001:db8:0:0:ffff::', '2001:db8:0:0:1:2:3:4', '2001:db8::'],
      ['2001:db8:0:1::1', '2001:db8:0:1:2:3:4:5'],
      ['::1', '::', '::2:3:4:5'],
      ['1::2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
      ['fe80::1%eth0', 'fe80::2'],
      [''],
    ];
    const keys = same.map((all) => new Set(all.map(addressKey)));
    expect(keys.map(({ size }) => size)).toEqual(same.map(() => 1));
    expect(new Set(keys.flatMap((all) => [...all])).size).toBe(same.length);
    expect(addressKey('10.0.0.1')).toBe('address 10.0.0.1');
    expect(callerKey({ kind: 'anonymous', id: '' }, '2001:db8::7')).toBe('address 2001:db8:0:0::/64');
  });

  it('has room for what its maker may have, and for a token what the others of the maker leave', () => {
    const room = (caller: string, own: number, ofMaker: number) =>
      hasRoom(caller, { own, ofMaker, more: 1, limit: 10 });
    expect([room('key k', 9, 9), room('key k', 10, 10)]).toEqual([true, false]);
    expect([room(token('a'), 4, 4), room(token('a'), 5, 5), room(token('b'), 0, 5)]).toEqual([
      true,
      false,
      true,
    ]);
    expect(room(token('b'), 0, 10)).toBe(false);
  });
});

describe('a line of callers', () => {
  const all = (line: ReturnType<typeof createCallerQueue<string>>, may?: (caller: string) => boolean) => {
    const items: string[] = [];
    for (let next = line.next(may); next; next = line.next(may)) items.push(next.item);
    return items;
  };

  it('has makers take turns, and the tokens of one among themselves', () => {
    const line = createCallerQueue<string>();
    for (const n of [1, 2]) for (const id of ['a', 'b', 'c']) line.add(token(id), `${id}${n}`);
    for (const n of [1, 2, 3]) line.add('key l', `l${n}`);
    expect(all(line)).toEqual(['a1', 'l1', 'b1', 'l2', 'c1', 'l3', 'a2', 'b2', 'c2']);
  });

  it('passes over callers that may not begin, and keeps what they have in it', () => {
    const line = createCallerQueue<string>();
    line.add('key k', 'k');
    line.add(token('a'), 'a');
    line.add('key l', 'l');
    expect(all(line, (caller) => caller !== 'key k')).toEqual(['a', 'l']);
    expect(line.callers()).toEqual(['key k']);
    expect([line.has(token('b')), line.has('key l')]).toEqual([true, false]);
  });

  it('tells how much of a caller and of its maker waits, of which anything may be taken out', () => {
    const line = createCallerQueue<string>();
    const leave = line.add(token('a'), 'one');
    line.add(token('a'), 'two');
    line.add('key k', 'three');
    expect([line.count(token('a')), line.count('key k'), line.count('key l')]).toEqual([
      { own: 2, ofMaker: 3 },
      { own: 1, ofMaker: 3 },
      { own: 0, ofMaker: 0 },
    ]);
    leave();
    leave();
    expect(line.count(token('a'))).toEqual({ own: 1, ofMaker: 2 });
    expect(line.more(token('a'))).toBe('two');
    expect(line.more(token('a'))).toBeUndefined();
    expect(all(line)).toEqual(['three']);
    expect(line.has('key k')).toBe(false);
  });
});
