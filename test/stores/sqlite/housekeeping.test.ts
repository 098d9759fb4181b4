import { statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rewriteForAutoVacuum } from '../../../src/stores/sqlite/file/auto-vacuum.js';
import { createHousekeeping, WAL_KEPT_BYTES } from '../../../src/stores/sqlite/threads/housekeeping.js';
import { eventually } from '../../support/eventually.js';
import { append, NOW, useFile } from './stage.js';

let file: Awaited<ReturnType<typeof useFile>>;
beforeEach(async () => {
  file = await useFile();
});
afterEach(() => file.remove());

const MIB = 1024 * 1024;
const sizeOf = (part = '') => statSync(`${file.path}${part}`).size;
const texts = (mib: number) => Array.from({ length: mib * 8 }, () => 'x'.repeat(MIB / 8));

describe('the files', () => {
  it('become smaller after a deletion, while nothing is asked of the server', async () => {
    const { sessions } = await file.open();
    await sessions.appendMessages(append('kept', 'a', texts(4)));
    await sessions.appendMessages(append('gone', 'a', texts(20)));
    await sessions.deleteSession('gone', NOW);
    // What is kept, and 4 MiB for what is written next.
    await eventually(() => expect(sizeOf()).toBeLessThan(10 * MIB), 200);
    expect((await sessions.loadSessions(['kept']))[0]?.messageCount).toBe(32);
  });

  it('lose the log that a long reader has let grow, once it is gone', async () => {
    const { sessions } = await file.open();
    await sessions.appendMessages(append('s', 'a', ['x']));
    const reader = new Database(file.path, { readonly: true });
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM sessions').get();
    await sessions.appendMessages(append('s', 'b', texts(20)));
    expect(sizeOf('-wal')).toBeGreaterThan(WAL_KEPT_BYTES);
    reader.exec('COMMIT');
    reader.close();
    await eventually(() => expect(sizeOf('-wal')).toBeLessThan(MIB), 200);
  });
});

describe('a step', () => {
  it('is bounded, and waits for nobody', async () => {
    const { sessions, close } = await file.open();
    await sessions.appendMessages(append('gone', 'a', texts(20)));
    await close();
    const db = new Database(file.path);
    db.pragma('foreign_keys = ON');
    db.exec('DELETE FROM sessions; DELETE FROM agents');
    const free = () => db.pragma('freelist_count', { simple: true }) as number;
    const before = free();
    const housekeeping = createHousekeeping(db, file.path, () => true);
    expect(housekeeping.step()).toBe(true);
    expect(before - free()).toBe(256);
    const other = new Database(file.path);
    other.exec('BEGIN IMMEDIATE');
    const between = free();
    expect(housekeeping.step()).toBe(false);
    expect(free()).toBe(between);
    other.exec('ROLLBACK');
    other.close();
    while (housekeeping.step());
    expect(free()).toBeLessThanOrEqual(1_024);
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    db.close();
  });
});

describe('a file of an earlier version', () => {
  async function oldFile() {
    const { sessions, close } = await file.open();
    await sessions.appendMessages(append('s', 'a', ['one', 'two']));
    await close();
    const db = new Database(file.path);
    db.pragma('journal_mode = DELETE');
    db.pragma('auto_vacuum = NONE');
    db.exec('VACUUM');
    expect(db.pragma('auto_vacuum', { simple: true })).toBe(0);
    return db;
  }

  it('is rewritten at the start, and the log says so', async () => {
    (await oldFile()).close();
    const lines: string[] = [];
    const { sessions } = await file.open({ log: pino({}, { write: (line) => void lines.push(line) }) });
    expect(lines.join()).toMatch(/rewritten once/);
    expect((await sessions.loadSessions(['s']))[0]?.messageCount).toBe(2);
    const db = new Database(file.path, { readonly: true });
    expect(db.pragma('auto_vacuum', { simple: true })).toBe(2);
    db.close();
  });

  it('stays as it is where that would take long, or another program writes; what to do is said', async () => {
    const db = await oldFile();
    db.pragma('auto_vacuum = INCREMENTAL');
    expect(rewriteForAutoVacuum(db, 1_000)).toMatch(/VACUUM/);
    const other = new Database(file.path);
    other.exec('BEGIN IMMEDIATE');
    db.pragma('busy_timeout = 0');
    expect(rewriteForAutoVacuum(db)).toMatch(/could not be rewritten/);
    other.exec('ROLLBACK');
    other.close();
    expect(db.pragma('auto_vacuum', { simple: true })).toBe(0);
    db.close();
  });
});
