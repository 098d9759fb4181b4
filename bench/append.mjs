import { join } from 'node:path';
import Database from 'better-sqlite3';
import { compare, ratePerSecond } from './harness.mjs';
import { openService, textOf } from './service.mjs';
import { makeFolder } from './workspace.mjs';

const ROUND_MS = 1_000;
/** Messages to a conversation, before the next one begins. */
const CONVERSATION = 100;

/** Appends of one message of 1 kB, `width` at once, each to a conversation of its own. */
export async function compareAppends(width) {
  const { folder, remove } = makeFolder();
  const { service, close } = await openService(join(folder, 'parley.db'));
  const raw = openRaw(join(folder, 'raw.db'));
  let appended = 0;
  try {
    return await compare({
      ours: () =>
        ratePerSecond(
          () => {
            const n = appended++;
            const conversation = Math.floor(n / (CONVERSATION * width)) * width + (n % width);
            return service.appendMessages({
              sessionId: `session-${conversation}`,
              agentId: 'support',
              createIfMissing: true,
              messages: [{ role: 'user', text: textOf(n) }],
            });
          },
          { ms: ROUND_MS, width },
        ),
      theirs: () => ratePerSecond(async (n) => raw.insert(n), { ms: ROUND_MS }),
    });
  } finally {
    await close();
    raw.close();
    remove();
  }
}

/** The least that keeps a message: one row in one transaction, on the disk before it returns. */
function openRaw(path) {
  const db = new Database(path);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec('CREATE TABLE messages (id INTEGER PRIMARY KEY, session_id TEXT, agent_id TEXT, body TEXT)');
  const insert = db.prepare('INSERT INTO messages (session_id, agent_id, body) VALUES (?, ?, ?)');
  return {
    insert: (n) =>
      insert.run(
        `session-${Math.floor(n / CONVERSATION)}`,
        'support',
        JSON.stringify({ role: 'user', content: [{ text: textOf(n) }] }),
      ),
    close: () => db.close(),
  };
}
