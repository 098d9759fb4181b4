import { rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { MongoClient } from 'mongodb';
import { pino } from 'pino';
import { exportFile } from '../dist/operate/export.js';
import { importFile } from '../dist/operate/import.js';
import { openStore } from '../dist/stores/open-store.js';
import { conversations } from './conversations.mjs';
import { compare } from './harness.mjs';
import { openMongo } from './mongo.mjs';
import { startNode } from './processes.mjs';
import { makeFolder } from './workspace.mjs';

const SINK = fileURLToPath(new URL('./mongo-sink.mjs', import.meta.url));
const MESSAGES = 100_000;
/** The stand-in keeps each document several times, in memory. */
const ON_STAND_IN = 50_000;
const ROUNDS = 5;
/** Of the peers: rows in a transaction, documents in a command. What they take at once costs them nothing more. */
const ROWS = 5_000;
const DOCUMENTS = 100;

const onFile = (path) =>
  openStore({ sqlite: { path, synchronous: 'FULL' }, metadataIndexes: null, log: silent });
const silent = pino({ level: 'silent' });
const running = { signal: new AbortController().signal, progress() {} };

/** A file of an export, and the database that it is of. */
async function exported(folder, messages = MESSAGES) {
  const database = await conversations(messages);
  const path = join(folder, 'export.ndjson');
  await exportTo(path, database);
  return { database, path };
}

async function exportTo(path, database) {
  const opened = await onFile(database);
  const header = { parley: 'export', version: 2, from: 'sqlite', secrets: true, filter: null };
  const { sessions } = opened;
  await exportFile({ ...running, path, header, filter: {}, sessions, from: besideOf(opened), resume: false });
  await opened.close();
}

/** Messages a second of `run`. */
async function rateOf(run, messages = MESSAGES) {
  const begin = performance.now();
  await run();
  return (messages * 1_000) / (performance.now() - begin);
}

/** `parley import` into a new file, against the same messages in a table with the same indexes and nothing else. */
export async function compareSqliteImport() {
  const { folder, remove } = makeFolder();
  const { database, path } = await exported(folder);
  const rows = new Database(database, { readonly: true }).prepare('SELECT * FROM messages').raw().all();
  const target = join(folder, 'new.db');
  const emptied = () => {
    for (const end of ['', '-wal', '-shm']) rmSync(target + end, { force: true });
  };
  try {
    return await compare({
      rounds: ROUNDS,
      async ours() {
        emptied();
        const opened = await onFile(target);
        const rate = await rateOf(() => importInto(opened, path));
        await opened.close();
        return rate;
      },
      async theirs() {
        emptied();
        const { insertAll, close } = openTable(target);
        const rate = await rateOf(async () => insertAll(rows));
        close();
        return rate;
      },
    });
  } finally {
    remove();
  }
}

const importInto = (opened, path) =>
  importFile({ ...running, path, into: besideOf(opened), now: () => new Date(), newPassword: () => 'none' });

const besideOf = ({ transfer, keys }) => ({ transfer, keys, pepper: new Uint8Array(32) });

function openTable(path) {
  const db = new Database(path);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec(`CREATE TABLE messages (agent INTEGER, position INTEGER, storage_id TEXT, role TEXT, content TEXT, redacted INTEGER,
    metadata TEXT, event_loop_metrics TEXT, guardrail_event TEXT, created_at INTEGER, updated_at INTEGER, client_id TEXT,
    tracking_id TEXT, supersedes TEXT, UNIQUE (agent, position), UNIQUE (agent, storage_id)) STRICT`);
  const insert = db.prepare(`INSERT INTO messages VALUES (${Array(14).fill('?').join(', ')})`);
  const some = db.transaction((rows) => {
    for (const row of rows) insert.run(row);
  });
  return {
    insertAll(rows) {
      for (let from = 0; from < rows.length; from += ROWS) some(rows.slice(from, from + ROWS));
    },
    close: () => db.close(),
  };
}

/** `parley export` to a file, against the same rows as JSON lines. */
export async function compareExport() {
  const { folder, remove } = makeFolder();
  const database = await conversations(MESSAGES);
  const target = join(folder, 'lines');
  const emptied = () => rmSync(target, { force: true });
  try {
    return await compare({
      rounds: ROUNDS,
      ours() {
        emptied();
        return rateOf(() => exportTo(target, database));
      },
      theirs() {
        emptied();
        return rateOf(() => writeRows(target, database));
      },
    });
  } finally {
    remove();
  }
}

async function writeRows(path, database) {
  const db = new Database(database, { readonly: true });
  const file = await open(path, 'wx');
  let lines = '';
  for (const row of db.prepare('SELECT * FROM messages ORDER BY agent, position').iterate()) {
    lines += `${JSON.stringify(row)}\n`;
    if (lines.length < 1024 * 1024) continue;
    await file.appendFile(lines);
    lines = '';
  }
  await file.appendFile(lines);
  await file.sync();
  await file.close();
  db.close();
}

/**
 * `parley import` into a new collection, against the driver's `insertMany` of the same documents. `others`: the same two on a server
 * that answers at once, where the client is all that takes time.
 */
export async function compareMongoImport() {
  const { folder, remove } = makeFolder();
  const messages = process.env.MONGODB_BENCH_URI ? MESSAGES : ON_STAND_IN;
  const { path } = await exported(folder, messages);
  const mongo = await openMongo({ counted: false });
  const sink = startNode([SINK], { core: 0 });
  try {
    const real = await openSides(mongo, path, messages);
    const documents = await real.documents();
    const bare = await openSides({ uri: await sink.url(), database: 'sink' }, path, messages);
    const result = await compare({
      rounds: ROUNDS,
      ours: () => real.ours(),
      theirs: () => real.theirs(documents),
      others: {
        'parley, on a server that answers at once': () => bare.ours(),
        'the driver, on the same': () => bare.theirs(documents),
      },
    });
    await real.close();
    await bare.close();
    return result;
  } finally {
    await sink.stop();
    await mongo.close();
    remove();
  }
}

async function openSides({ uri, database }, path, messages) {
  const opened = await openStore({
    mongodb: { uri, database, collection: 'sessions', indexes: 'off' },
    metadataIndexes: null,
    log: silent,
  });
  const client = await new MongoClient(uri, { writeConcern: { w: 'majority', journal: true } }).connect();
  const [sessions, raw] = ['sessions', 'raw'].map((name) => client.db(database).collection(name));
  return {
    async documents() {
      await importInto(opened, path);
      return sessions.find({}).toArray();
    },
    async ours() {
      await sessions.deleteMany({});
      return rateOf(() => importInto(opened, path), messages);
    },
    async theirs(documents) {
      await raw.deleteMany({});
      return rateOf(async () => {
        for (let from = 0; from < documents.length; from += DOCUMENTS) {
          await raw.insertMany(documents.slice(from, from + DOCUMENTS), { ordered: false });
        }
      }, messages);
    },
    async close() {
      await client.close();
      await opened.close();
    },
  };
}
