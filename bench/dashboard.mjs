import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { compare, medianTime } from './harness.mjs';
import { query, startParley } from './processes.mjs';
import { openService, textOf } from './service.mjs';

const MANY = 100_000;
const FEW = 1_000;
const PAGES = 20;
/** Pages that a dashboard's user opens share no cache: the filter names another user each time. */
const USERS = 20;
const METADATA_INDEXES = ['user.id'];
const WRITERS = 64;
const FILES = fileURLToPath(new URL('../.bench/', import.meta.url));

const LIST = `query Dashboard($filter: SessionFilter) {
  sessions(first: 50, orderBy: {field: UPDATED_AT, direction: DESC}, filter: $filter) {
    nodes { sessionId updatedAt agents { agentId messages(last: 1) { nodes { text } } } }
    pageInfo { hasNextPage endCursor }
  }
}`;

/** Milliseconds of the page of 50 sessions, each with its agents and their last message. */
export async function comparePages({ filtered }) {
  const few = await startOn(FEW);
  const many = await startOn(MANY);
  const time = ({ url }) =>
    medianTime(async (n) => {
      const filter = { metadata: [{ path: 'user.id', eq: `user-${n % USERS}` }] };
      const { sessions } = await query(url, LIST, { filter: filtered ? filter : null });
      if (sessions.nodes.length !== 50) throw new Error(`a page holds ${sessions.nodes.length} sessions`);
    }, PAGES);
  try {
    return await compare({ ours: () => time(many), theirs: () => time(few) });
  } finally {
    await Promise.all([few.stop(), many.stop()]);
  }
}

const startOn = async (count) =>
  startParley(await manySessions(count), { env: { METADATA_INDEXES: METADATA_INDEXES.join(',') } });

/** A file with `count` sessions. Kept for the next run: to make the large one takes a minute. */
export async function manySessions(count) {
  const path = `${FILES}dashboard-${count}.db`;
  if (existsSync(path)) return path;
  mkdirSync(FILES, { recursive: true });
  const draft = `${path}.draft`;
  for (const end of ['', '-wal', '-shm']) rmSync(draft + end, { force: true });
  console.log(`making ${count.toLocaleString('en')} sessions`);
  const { service, close } = await openService(draft, {
    synchronous: 'NORMAL',
    metadataIndexes: METADATA_INDEXES,
  });
  let next = 0;
  const write = async () => {
    while (next < count) {
      const n = next++;
      const sessionId = `session-${n}`;
      await service.createSession({
        sessionId,
        sessionType: 'AGENT',
        applicationName: `app-${n % 3}`,
        metadata: { user: { id: `user-${n % USERS}` }, topic: `topic-${n % 7}` },
      });
      for (const agentId of ['support', 'billing']) {
        await service.appendMessages({
          sessionId,
          agentId,
          createIfMissing: true,
          messages: [
            { role: 'user', text: textOf(n, 200) },
            { role: 'assistant', text: textOf(n, 200) },
          ],
        });
      }
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, write));
  await close();
  // What is still in the write-ahead log would stay behind.
  const db = new Database(draft);
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.close();
  renameSync(draft, path);
  return path;
}
