import { EventEmitter } from 'node:events';
import { statSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { identifyFiles } from '../../../src/stores/sqlite/file/file-identity.js';
import { createCheckpoints } from '../../../src/stores/sqlite/threads/checkpoints.js';
import { eventually } from '../../support/eventually.js';
import { useFile } from './stage.js';

const MIB = 1024 * 1024;

let file: Awaited<ReturnType<typeof useFile>>;
let db: Database.Database;
const onDeath = vi.fn();
beforeEach(async () => {
  file = await useFile();
  db = new Database(file.path);
  db.pragma('journal_mode = WAL');
  db.exec('CREATE TABLE texts (text)');
  onDeath.mockClear();
});
afterEach(async () => {
  db.close();
  await file.remove();
});

function start(files = identifyFiles(file.path), startThread?: () => Worker) {
  const data = { path: file.path, synchronous: 'FULL', files } as const;
  const checkpoints = createCheckpoints(db, data, onDeath, startThread);
  const write = (mib: number) => {
    db.prepare('INSERT INTO texts VALUES (?)').run('x'.repeat(mib * MIB));
    checkpoints.committed();
  };
  return { ...checkpoints, write };
}

/** Another thread that copies when it is asked, and answers when the test has it do so. */
function startByHand() {
  const other = new Database(file.path);
  const thread = Object.assign(new EventEmitter(), {
    asked: [] as string[],
    postMessage(message: string) {
      this.asked.push(message);
      other.pragma('wal_checkpoint(PASSIVE)');
    },
    close: () => other.close(),
  });
  return { ...start(undefined, () => thread as unknown as Worker), thread };
}

const walBytes = () => statSync(`${file.path}-wal`).size;
function left(): number {
  const [{ log, checkpointed }] = db.pragma('wal_checkpoint(NOOP)') as [
    { log: number; checkpointed: number },
  ];
  return log - checkpointed;
}

describe('the write-ahead log', () => {
  it('is copied into the file by another thread, once it is large', async () => {
    const { write, end } = start();
    write(1);
    expect(left()).toBeGreaterThan(256);
    write(4);
    // Not by the write.
    expect(left()).toBeGreaterThan(1_280);
    await eventually(() => expect(left()).toBe(0));
    const before = walBytes();
    write(1);
    // It begins anew.
    expect(walBytes()).toBe(before);
    await end();
    expect(onDeath).not.toHaveBeenCalled();
  });

  it('begins anew while writes go on: the little that was written while the other thread copied is copied behind it', async () => {
    const { write, thread } = startByHand();
    write(5);
    expect(thread.asked).toEqual(['copy']);
    write(0.5);
    const before = walBytes();
    thread.emit('message', null);
    expect(left()).toBe(0);
    write(0.5);
    expect(walBytes()).toBe(before);
    thread.close();
  });

  it('has the other thread copy again where much was written meanwhile, and waits where readers keep it', async () => {
    const { write, thread } = startByHand();
    write(5);
    write(3);
    thread.emit('message', null);
    expect(thread.asked).toEqual(['copy', 'copy']);
    expect(left()).toBe(0);
    thread.emit('message', null);
    const reader = new Database(file.path, { readonly: true });
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM texts').get();
    write(5);
    expect(thread.asked).toHaveLength(3);
    thread.emit('message', null);
    expect(thread.asked).toHaveLength(3);
    reader.close();
    thread.close();
  });

  it('is emptied at once where it is small, and where it is large once the other thread has copied it', async () => {
    const { write, empty, end } = start();
    write(1);
    expect(empty()).toBe(true);
    expect(walBytes()).toBe(0);
    write(8);
    expect(empty()).toBe(false);
    await eventually(() => expect(empty()).toBe(true));
    expect(walBytes()).toBe(0);
    await end();
  });

  it('is copied as far as readers let it, and further once they are gone', async () => {
    const { write, empty, end } = start();
    write(1);
    const reader = new Database(file.path, { readonly: true });
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM texts').get();
    write(8);
    await eventually(() => expect(empty()).toBe(false));
    expect(left()).toBeGreaterThan(2_000);
    reader.close();
    await eventually(() => expect(empty()).toBe(true));
    await end();
  });

  it('says what the thread fails with, as long as it does', async () => {
    const failing = `const { parentPort } = require('node:worker_threads');
      parentPort.on('message', (asked) => (asked === 'close' ? parentPort.close() : parentPort.postMessage(new Error('disk full'))));`;
    const { write, empty, end } = start(undefined, () => new Worker(failing, { eval: true }));
    write(8);
    await eventually(() => expect(empty).toThrow('disk full'));
    expect(left()).toBeGreaterThan(2_000);
    await end();
  });

  it('is copied by the writes themselves where the thread cannot run', async () => {
    const { write, empty, end } = start([{ name: file.path, inode: 'of another file' }]);
    write(8);
    await eventually(() => expect(onDeath).toHaveBeenCalledTimes(1));
    expect(empty()).toBe(true);
    write(8);
    expect(left()).toBe(0);
    await end();
  });
});
