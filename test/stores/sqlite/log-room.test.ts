import Database from 'better-sqlite3';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createLogRoom, READERS_KEEP_LOG } from '../../../src/stores/sqlite/threads/log-room.js';
import { eventually } from '../../support/eventually.js';
import { append, useFile } from './stage.js';

const LIMITS = { bytes: 1_000, erasedMs: 60_000, holdMs: 15_000, retryMs: 100 };

function stage() {
  const log = { bytes: 0, erasedForMs: 0, empties: true as boolean | Error };
  const told: boolean[] = [];
  const room = createLogRoom(
    {
      logBytes: () => log.bytes,
      erasedForMs: () => log.erasedForMs,
      emptyLog() {
        if (log.empties instanceof Error) throw log.empties;
        if (log.empties) Object.assign(log, { bytes: 0, erasedForMs: 0 });
        return log.empties;
      },
      hold: (held) => void told.push(held),
      now: () => performance.now(),
    },
    LIMITS,
  );
  return { log, told, room };
}

describe('a write-ahead log that readers keep', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
  afterEach(() => void vi.useRealTimers());

  it.each([{ bytes: 1_001 }, { erasedForMs: 60_001 }])(
    'holds scans from %j on, until it is empty',
    (large) => {
      const { log, told, room } = stage();
      room.look();
      expect(told).toEqual([]);
      Object.assign(log, large, { empties: false });
      room.look();
      room.look();
      vi.advanceTimersByTime(1_000);
      expect(told).toEqual([true]);
      log.empties = true;
      vi.advanceTimersByTime(100);
      expect(told).toEqual([true, false]);
      room.look();
      expect(told).toEqual([true, false]);
    },
  );

  it('lets scans go on where it cannot be emptied, and holds them again later', () => {
    const { log, told, room } = stage();
    Object.assign(log, { bytes: 2_000, empties: new Error('the disk is full') });
    room.look();
    vi.advanceTimersByTime(15_000);
    expect(told).toEqual([true, false]);
    room.look();
    expect(told).toEqual([true, false]);
    vi.advanceTimersByTime(15_000);
    room.look();
    expect(told).toEqual([true, false, true]);
    room.end();
  });
});

it('scans of a store wait until a large log is empty', async () => {
  const file = await useFile();
  onTestFinished(() => file.remove());
  const said: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => void said.push(JSON.parse(line).msg) });
  const { sessions } = await file.open({ mostLogBytes: 1024 * 1024, log });
  await sessions.appendMessages(append('s', 'a', ['first']));
  const reader = new Database(file.path, { readonly: true });
  onTestFinished(() => void reader.close());
  reader.exec('BEGIN; SELECT count(*) FROM sessions');
  await sessions.appendMessages(append('s', 'a', ['x'.repeat(2 * 1024 * 1024)]));
  await eventually(() => expect(said).toContain(READERS_KEEP_LOG));
  let counted = false;
  const count = sessions.countSessions({}).then((number) => {
    counted = true;
    return number;
  });
  await sessions.appendMessages(append('s', 'a', ['more']));
  expect(counted).toBe(false);
  reader.exec('COMMIT');
  expect(await count).toBe(1);
});
