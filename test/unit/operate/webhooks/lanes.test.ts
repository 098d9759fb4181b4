import { describe, expect, it } from 'vitest';
import type { HeldEvent, WebhookEvent } from '../../../../src/domain/webhook-store.js';
import { createLanes } from '../../../../src/operate/webhooks/lanes.js';
import { createLedger } from '../../../../src/operate/webhooks/ledger.js';

const LIMITS = { open: 5, waiting: 20, inLane: 3, freshFirst: 2, goneEveryMs: 500, longestDelayMs: 1_000 };

const event = (position: string, sessionId: string | null = 's'): WebhookEvent => ({
  id: `msg_${position}`,
  type: 'message.added',
  position,
  at: 0,
  sessionId,
  sessionCreatedAt: null,
  agentId: 'a',
  index: 0,
  reason: null,
});

const held = (position: string, sessionId = 's', dueAt = 0): HeldEvent => ({
  event: event(position, sessionId),
  since: new Date(0),
  attempts: 1,
  dueAt: new Date(dueAt),
  failure: 'HTTP 500',
  deadAt: null,
});

function lanesOf(
  given: { held?: HeldEvent[]; dead?: string[]; writerOf?: (sessionId: string | null) => string } = {},
) {
  const ledger = createLedger('00');
  const instead = (one: WebhookEvent, of: 'session' | 'all'): WebhookEvent => ({
    ...one,
    ...(of === 'all' ? { sessionId: null } : {}),
    type: 'conversation.resync',
    reason: 'QUEUE_FULL',
  });
  const writerOf = (sessionId: string | null) => sessionId?.split(' ')[1] ?? '';
  const lanes = createLanes({ ledger, held: [], dead: [], limits: LIMITS, instead, writerOf, ...given });
  return { ...lanes, ...ledger, erase: lanes.erase };
}
type Under = ReturnType<typeof lanesOf>;

/** Events of the feed, each by its position and its session. */
const takeAll = (lanes: Under, ...events: [position: string, sessionId: string][]) => {
  for (const [position, sessionId] of events) lanes.take(event(position, sessionId), 0);
};

/** Everything that may be sent now, by its position; all of it is under way then. */
const startAll = (lanes: Under, now = 0): HeldEvent[] => {
  const started: HeldEvent[] = [];
  for (let next = lanes.next(now); next; next = lanes.next(now)) started.push(next);
  return started;
};
const positions = (some: readonly HeldEvent[]) => some.map((one) => one.event.position);
const cursorOf = (lanes: Under) => lanes.unsaved()?.cursor;

describe('the lanes of an endpoint', () => {
  it('let one event of a session be under way, and those of other sessions beside it', () => {
    const lanes = lanesOf();
    takeAll(lanes, ['01', 'a'], ['02', 'a'], ['03', 'b']);
    const [first] = startAll(lanes);
    expect(first?.event.position).toBe('01');
    expect(startAll(lanes)).toEqual([]);
    lanes.done(first as HeldEvent);
    expect(positions(startAll(lanes))).toEqual(['02']);
  });

  it('pass the cursor over what was taken, up to the first that was not', () => {
    const lanes = lanesOf();
    takeAll(lanes, ['01', 'a'], ['02', 'b'], ['03', 'c']);
    lanes.readTo('09');
    const [one, two, three] = startAll(lanes) as [HeldEvent, HeldEvent, HeldEvent];
    lanes.done(two);
    expect(lanes.unsaved()).toBeNull();
    lanes.taken(2);
    lanes.done(one);
    expect(lanes.unsaved()).toEqual({
      cursor: '02',
      put: [],
      remove: [],
      erased: [],
      deliveredAt: new Date(2),
    });
    lanes.done(three);
    expect(cursorOf(lanes)).toBe('09');
    expect(lanes.unsaved()).toBeNull();
  });

  it('have what has failed held, with all that is behind it, and let the cursor and other sessions go on', () => {
    const lanes = lanesOf();
    takeAll(lanes, ['01', 'a'], ['02', 'a'], ['03', 'b']);
    lanes.readTo('03');
    const [one, three] = startAll(lanes) as [HeldEvent, HeldEvent];
    lanes.failed(one, 'HTTP 500', 50);
    lanes.done(three);
    lanes.take(event('04', 'a'), 7);
    lanes.readTo('04');
    const unsaved = lanes.unsaved();
    expect(unsaved?.cursor).toBe('04');
    expect(
      unsaved?.put.map(({ event: { position }, attempts, failure }) => [position, attempts, failure]),
    ).toEqual([
      ['01', 1, 'HTTP 500'],
      ['02', 0, null],
      ['04', 0, null],
    ]);
    expect(lanes.nextDueAt()).toBe(50);
    expect(startAll(lanes, 49)).toEqual([]);
    const [again] = startAll(lanes, 50);
    expect(again?.event.position).toBe('01');
    lanes.done(again as HeldEvent);
    expect(lanes.unsaved()).toMatchObject({ cursor: '04', put: [], remove: ['01'] });
    expect(positions(startAll(lanes, 60))).toEqual(['02']);
  });

  it('give what was never tried before what has failed, and not for ever', () => {
    const lanes = lanesOf({ held: [held('01', 'bad'), held('02', 'worse')] });
    takeAll(lanes, ['03', 'a'], ['04', 'b'], ['05', 'c']);
    expect(positions(startAll(lanes))).toEqual(['03', '04', '01', '05', '02']);
  });

  it('give one of each caller in turn, and none of whom no more may be under way', () => {
    const lanes = lanesOf();
    takeAll(lanes, ['01', 'a me'], ['02', 'b me'], ['03', 'c me'], ['04', 'd you']);
    expect(lanes.next(0)?.event.position).toBe('01');
    expect(lanes.next(0)?.event.position).toBe('04');
    expect(lanes.next(0, (caller, underWay) => caller !== 'me' || underWay < 1)).toBeNull();
    expect(lanes.next(0, (caller, underWay) => caller !== 'me' || underWay < 2)?.event.position).toBe('02');
    expect(lanes.next(0)?.event.position).toBe('03');
  });

  it('give what was read before it was known who has written it with what else that caller has written', () => {
    const writers = new Map<string | null, string>();
    const lanes = lanesOf({ writerOf: (sessionId) => writers.get(sessionId) ?? '' });
    takeAll(lanes, ['01', 'a'], ['02', 'b']);
    const known = (caller: string) => caller !== '';
    expect(lanes.next(0, known)).toBeNull();
    writers.set('b', 'me');
    for (const sessionId of ['b', 'c']) lanes.writtenBy(sessionId);
    const second = lanes.next(0, known) as HeldEvent;
    expect(second.event.position).toBe('02');
    // What is under way stays what it was.
    lanes.writtenBy('b');
    lanes.done(second);
    expect(positions(startAll(lanes))).toEqual(['01']);
  });

  it('have what waits of a caller held, so that more is read', () => {
    const lanes = lanesOf();
    takeAll(lanes, ['01', 'a me'], ['02', 'b me'], ['03', 'c you'], ['04', 'd me'], ['05', 'e me']);
    const first = lanes.next(0) as HeldEvent;
    expect(lanes.hasRoom()).toBe(false);
    expect(lanes.setAside((caller) => caller === 'me')).toBe(true);
    expect(lanes.setAside((caller) => caller === 'me')).toBe(false);
    expect(lanes.hasRoom()).toBe(true);
    expect(positions(lanes.unsaved()?.put ?? [])).toEqual(['02', '04', '05']);
    lanes.done(first);
    expect(positions(startAll(lanes))).toEqual(['03', '02', '04', '05']);
  });

  it('give each event of a session whose events are held though none has failed', () => {
    const lanes = lanesOf();
    takeAll(lanes, ['01', 'a me'], ['02', 'a me'], ['03', 'a me'], ['04', 'a me'], ['05', 'a me']);
    const [first] = startAll(lanes) as [HeldEvent];
    expect(lanes.setAside(() => true)).toBe(true);
    takeAll(lanes, ['06', 'a me'], ['07', 'a me']);
    const told: string[] = [];
    for (let next: HeldEvent | undefined = first; next; [next] = startAll(lanes)) {
      told.push(`${next.event.position} ${next.event.reason}`);
      lanes.done(next);
    }
    expect(told).toEqual(['01', '02', '03', '04', '05', '06', '07'].map((position) => `${position} null`));
  });

  it('give up the oldest of what is refused where too much waits: dead letters, and one event for what is no longer kept', () => {
    const of = (index: number) =>
      held(String(index).padStart(2, '0'), `s${index} ${index % 2 ? 'you' : 'me'}`);
    const lanes = lanesOf({ held: Array.from({ length: 20 }, (_, index) => of(index)) });
    expect(lanes.isFull()).toBe(true);
    const ofMe = ({ event: { sessionId } }: HeldEvent) => sessionId?.endsWith('me') ?? false;
    expect(lanes.giveWay(ofMe, 2, 7)).toEqual({ dead: 2, gone: 3 });
    const { put = [], remove } = lanes.unsaved() ?? {};
    expect(put.map(({ event: one, deadAt }) => [one.position, one.sessionId, deadAt?.getTime()])).toEqual([
      ['00', 's0 me', 7],
      ['02', 's2 me', 7],
      ['08', null, undefined],
    ]);
    expect(remove).toEqual(['04', '06']);
    expect(lanes.isFull()).toBe(false);
    // What goes later is told by the same one, for as long as that waits; after it the next one waits for a while.
    takeAll(
      lanes,
      ...Array.from({ length: 4 }, (_, index): [string, string] => [`2${index}`, `t${index} you`]),
    );
    expect(lanes.giveWay(ofMe, 0, 8)).toEqual({ dead: 0, gone: 5 });
    expect(positions(lanes.unsaved()?.put ?? [])).toEqual([]);
    for (let next = lanes.next(8); next; next = lanes.next(8))
      if (next.event.sessionId === null) lanes.done(next);
    expect(lanes.waiting()).toBe(14);
  });

  it('go on with the next one where one is given up', () => {
    const lanes = lanesOf({ held: [held('01'), held('02')] });
    const [one] = startAll(lanes);
    lanes.giveUp(one as HeldEvent, 'timeout', 9);
    expect(lanes.waiting()).toBe(1);
    expect(lanes.unsaved()?.put).toEqual([
      { ...held('01'), attempts: 2, failure: 'timeout', deadAt: new Date(9) },
    ]);
    expect(positions(startAll(lanes))).toEqual(['02']);
  });

  it('take up what is held, and pass over what the feed gives of it again', () => {
    const lanes = lanesOf({ held: [held('02', 'a'), held('04', 'a')], dead: ['03'] });
    for (const position of ['01', '02', '03', '04', '05']) lanes.take(event(position, 'b'), 0);
    expect(positions(startAll(lanes))).toEqual(['01', '02']);
    expect(lanes.waiting()).toBe(4);
  });

  it('put what an operator lets wait again before what is later, never before what is under way', () => {
    const lanes = lanesOf({ held: [held('05')] });
    lanes.restore([held('03'), held('05')]);
    const [first] = startAll(lanes);
    expect(first?.event.position).toBe('03');
    lanes.restore([held('01')]);
    expect(startAll(lanes)).toEqual([]);
    lanes.done(first as HeldEvent);
    expect(positions(startAll(lanes))).toEqual(['01']);
  });

  it('forget what happened to a session before it was deleted, but for what is under way', () => {
    const lanes = lanesOf({ held: [held('01', 'gone'), held('02', 'gone')] });
    lanes.take(event('03', 'gone'), 0);
    const [one] = startAll(lanes);
    lanes.erase('gone');
    lanes.take(event('04', 'gone'), 0);
    lanes.readTo('04');
    expect(lanes.waiting()).toBe(2);
    expect(lanes.unsaved()).toMatchObject({ remove: ['02', '03'], erased: ['gone'] });
    lanes.done(one as HeldEvent);
    expect(positions(startAll(lanes))).toEqual(['04']);
  });

  it('tell many events behind a failed one by one that stands for them, until that is under way', () => {
    const lanes = lanesOf({ held: [held('01')] });
    for (const position of ['02', '03', '04', '05', '06', '07']) lanes.take(event(position), 0);
    lanes.readTo('07');
    const { put, cursor } = lanes.unsaved() ?? {};
    expect(cursor).toBe('07');
    expect(put?.map((one) => [one.event.position, one.event.reason])).toEqual([
      ['02', null],
      ['03', null],
      ['04', null],
      ['05', 'QUEUE_FULL'],
    ]);
    for (const position of ['01', '02', '03', '04']) {
      const [next] = startAll(lanes);
      expect(next?.event.position).toBe(position);
      lanes.done(next as HeldEvent);
    }
    const [standsFor] = startAll(lanes);
    expect(standsFor?.event).toMatchObject({ position: '05', type: 'conversation.resync' });
    lanes.take(event('08'), 0);
    lanes.done(standsFor as HeldEvent);
    expect(positions(startAll(lanes))).toEqual(['08']);
  });

  it('ask for no more than they may hold', () => {
    const lanes = lanesOf();
    for (const position of ['01', '02', '03', '04']) lanes.take(event(position, position), 0);
    expect(lanes.hasRoom()).toBe(true);
    lanes.take(event('05', '05'), 0);
    expect(lanes.hasRoom()).toBe(false);
    for (const one of startAll(lanes)) lanes.failed(one, 'no', 10);
    expect(lanes.hasRoom()).toBe(true);
    const full = lanesOf({
      held: Array.from({ length: 20 }, (_, index) => held(String(index), String(index))),
    });
    expect(full.hasRoom()).toBe(false);
  });

  it('give what could not be saved once more, with what has changed since', () => {
    const lanes = lanesOf();
    lanes.take(event('01', 'a'), 0);
    lanes.take(event('02', 'b'), 0);
    lanes.readTo('02');
    const [one, two] = startAll(lanes) as [HeldEvent, HeldEvent];
    lanes.failed(one, 'HTTP 500', 5);
    lanes.failed(two, 'HTTP 500', 5);
    const unsaved = lanes.unsaved();
    const [again] = startAll(lanes, 5);
    lanes.taken(8);
    lanes.done(again as HeldEvent);
    lanes.putBack(unsaved as NonNullable<typeof unsaved>);
    const whole = lanes.unsaved();
    expect(whole).toMatchObject({ cursor: '02', remove: ['01'], deliveredAt: new Date(8) });
    expect(positions(whole?.put ?? [])).toEqual(['02']);
  });

  it('hurry, and wait for no time that a wrong clock has given', () => {
    const lanes = lanesOf({ held: [held('01', 'a', 900), held('02', 'b', 5_000_000)] });
    expect(positions(startAll(lanes))).toEqual(['02']);
    lanes.hurry();
    expect(positions(startAll(lanes))).toEqual(['01']);
  });
});
