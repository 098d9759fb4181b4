import { Timestamp } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { atOnce, flatMapSteps } from '../../../src/domain/async/in-slices.js';
import {
  changePosition,
  endOf,
  operationOf,
  startOf,
  timeOf,
  timeOfToken,
} from '../../../src/stores/mongo/feed/change-position.js';
import { createKnownAgents } from '../../../src/stores/mongo/feed/known-agents.js';
import { createPositioner } from '../../../src/stores/mongo/feed/position-events.js';
import { element, update } from './fixtures.js';

const time = (t: number, i: number) => new Timestamp({ t, i });

/** As a server makes it: the cluster time, then format and kind, then the index in the transaction. */
const token = ({ t, i }: { t: number; i: number }, index = '29') => ({
  _data: `82${[t, i].map((n) => n.toString(16).toUpperCase().padStart(8, '0')).join('')}2B022C0100${index}6E5A1004AB04`,
});
const event = (t: number, i: number, index?: string) => ({
  _id: token({ t, i }, index),
  clusterTime: time(t, i),
});

/** What these events are to a reader that has read up to `after`. */
const positioned = (events: Parameters<ReturnType<typeof createPositioner>>[0][], after = '') =>
  atOnce(flatMapSteps(events, createPositioner(after, createKnownAgents())));

describe('positions', () => {
  it('sort as the changes do: by time, place in the transaction and ordinal', () => {
    const ordered = [
      startOf(time(9, 5)),
      changePosition(operationOf(event(9, 5)), 1),
      changePosition(operationOf(event(9, 5)), 2),
      changePosition(operationOf(event(9, 5)), 10),
      changePosition(operationOf(event(9, 5, '2B02')), 1),
      changePosition(operationOf(event(9, 5, '2BFE')), 1),
      changePosition(operationOf(event(9, 5, '2C0100')), 1),
      endOf(time(9, 5)),
      startOf(time(9, 4_000_000_000)),
      startOf(time(10, 1)),
      startOf(time(4_000_000_000, 1)),
    ];
    expect(ordered.toSorted()).toEqual(ordered);
    expect(new Set(ordered).size).toBe(ordered.length);
  });

  it('give the cluster time back, also past 2^31', () => {
    for (const moment of [time(9, 5), time(4_000_000_000, 4_000_000_000)]) {
      for (const position of [startOf(moment), endOf(moment)])
        expect(timeOf(position)?.equals(moment)).toBe(true);
    }
    expect(['', '12', 'not of this store', '0000000000000001'].map(timeOf)).toEqual([null, null, null, null]);
  });

  it('know the time of a token of MongoDB, and of no other', () => {
    expect(timeOfToken(token({ t: 9, i: 5 }))?.equals(time(9, 5))).toBe(true);
    for (const foreign of [undefined, null, {}, { _data: 'x' }, { _data: new Uint8Array(4) }]) {
      expect(timeOfToken(foreign)).toBeNull();
    }
  });

  it('are the same for a reader that begins in the middle of an event', () => {
    const fields = Object.fromEntries([0, 1, 2].map((n) => [`agents.a.messages.${n}`, element(n)]));
    const events = [update(fields), update({ 'metadata.a': 1 })];
    const whole = positioned(events);
    expect(whole).toHaveLength(4);
    for (const [index, { position }] of whole.entries()) {
      expect(positioned(events, position)).toEqual(whole.slice(index + 1));
    }
  });

  it('go on where two events have one cluster time, as two shards may give them', () => {
    const clusterTime = time(9, 5);
    const events = ['s1', 's2'].map((id) => ({
      ...update({ 'metadata.a': 1 }),
      documentKey: { _id: id },
      clusterTime,
    }));
    const positions = positioned(events).map(({ position }) => position);
    expect(new Set(positions).size).toBe(2);
    expect(positions.toSorted()).toEqual(positions);
  });
});
