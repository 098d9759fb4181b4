import { join } from 'node:path';
import Database from 'better-sqlite3';
import { openStore } from '../dist/index.js';
import { ADAPTERS } from './adapter-rows.mjs';
import { compare, describeNumber, medianTime } from './harness.mjs';
import { startSqliteSession } from './sqlite-session.mjs';
import { makeFolder } from './workspace.mjs';

/** What a turn adds, and how many turns a conversation has before the next one begins. */
const ADDED = 4;
const TURNS = 10;
const LOADED = 1_000;
const TIMES = 100;
const LOADS = 20;

/** A turn of a conversation: it is loaded, and saved with four more items. */
export const compareTurns = (names) =>
  forEach(names, ({ itemAt }) => {
    let round = 0;
    return {
      sideOf: (open, kind) => {
        let turn = 0;
        const step = async () => {
          const conversation = await open(`${kind}-${Math.floor(turn++ / TURNS)}`);
          await conversation.save(ADDED, await conversation.load());
        };
        return () => medianTime(step, TIMES);
      },
      inPython: () => ({
        what: 'turns',
        name: `round ${round++}`,
        times: TIMES,
        each: TURNS,
        items: Array.from({ length: ADDED }, (_, n) => itemAt(n)),
      }),
    };
  });

/** A conversation of a thousand items is loaded. */
export const compareLoads = (names) =>
  forEach(names, ({ itemAt }) => ({
    sideOf: async (open, kind) => {
      await (await open(kind)).save(LOADED, []);
      return () => medianTime(async () => (await open(kind)).load(), LOADS);
    },
    inPython: () => ({
      what: 'loads',
      name: 'long',
      times: LOADS,
      items: Array.from({ length: LOADED }, (_, n) => itemAt(n)),
    }),
  }));

/**
 * A line for each adapter, with what else keeps its items; gives the one that is slowest beside the table. `names`: which are measured; all where
 * there is none. `measurement`: what makes a measurement of each side.
 */
async function forEach(names, measurement) {
  const results = [];
  for (const [name, rowOf] of Object.entries(ADAPTERS)) {
    if (names.length > 0 && !names.includes(name)) continue;
    const { folder, remove } = makeFolder();
    const store = await openStore({ path: join(folder, 'parley.db') });
    const table = openTable(join(folder, 'table.db'));
    const row = await rowOf({ store, table, folder });
    const python = row.inPython && process.env.OPENAI_AGENTS_PYTHON;
    const session = python ? startSqliteSession(python, join(folder, 'python.db')) : null;
    try {
      const { sideOf, inPython } = measurement(row);
      const sides = {};
      for (const [kind, open] of Object.entries(row.open)) sides[kind] = await sideOf(open, kind);
      const { ours, table: theirs, ...others } = sides;
      if (session) others[row.inPython] = () => session.measure(inPython());
      const result = await compare({ ours, theirs, others });
      print(name, result);
      results.push({ ...result, others: [] });
    } finally {
      session?.close();
      table.close();
      await store.close();
      remove();
    }
  }
  return results.reduce((most, one) => (one.ratio > most.ratio ? one : most));
}

function print(name, { ours, theirs, ratio, low, high, others }) {
  const spread = `${ratio.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`;
  console.log(`${name}: ${describeNumber(ours)} ms, the table ${describeNumber(theirs)} ms: ${spread}`);
  for (const { name: other, figure } of others)
    console.log(`  ${other} ${describeNumber(figure)} ms: ${(ours / figure).toFixed(2)}`);
}

/**
 * The least that keeps the same: items as JSON in the tables of that SQLiteSession, in this thread, and what is added in one transaction, on the
 * disk before it returns.
 */
function openTable(path) {
  const db = new Database(path);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec(`
    CREATE TABLE agent_sessions (session_id TEXT PRIMARY KEY, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
      updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP);
    CREATE TABLE agent_messages (id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT NOT NULL REFERENCES agent_sessions,
      message_data TEXT NOT NULL, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP);
    CREATE INDEX agent_messages_of ON agent_messages (session_id, id);
    CREATE TABLE snapshots (key TEXT PRIMARY KEY, data BLOB NOT NULL)`);
  const session = db.prepare('INSERT OR IGNORE INTO agent_sessions (session_id) VALUES (?)');
  const insert = db.prepare('INSERT INTO agent_messages (session_id, message_data) VALUES (?, ?)');
  const touch = db.prepare('UPDATE agent_sessions SET updated_at = CURRENT_TIMESTAMP WHERE session_id = ?');
  const all = db.prepare('SELECT message_data FROM agent_messages WHERE session_id = ? ORDER BY id').pluck();
  const replace = db.prepare('INSERT OR REPLACE INTO snapshots (key, data) VALUES (?, ?)');
  const read = db.prepare('SELECT data FROM snapshots WHERE key = ?').pluck();
  return {
    read: (key) => read.get(key),
    write: (key, data) => replace.run(key, data),
    load: (id) => all.all(id).map((text) => JSON.parse(text)),
    add: db.transaction((id, items) => {
      session.run(id);
      for (const item of items) insert.run(id, JSON.stringify(item));
      touch.run(id);
    }),
    close: () => db.close(),
  };
}
