// The peer of `start`: mercurius with jit and the schema of this repository, whose every field is served, on a SQLite file (its path).
// Prints its address.
import { readdirSync, readFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import Fastify from 'fastify';
import mercurius from 'mercurius';

const folder = new URL('../schema/', import.meta.url);
const schema = readdirSync(folder)
  .sort()
  .map((name) => readFileSync(new URL(name, folder), 'utf8'))
  .join('\n');
const db = new Database(process.argv[2]);
db.pragma('journal_mode = WAL');
const session = db.prepare('SELECT session_id AS sessionId FROM sessions WHERE session_id = ?');
const app = Fastify();
app.register(mercurius, {
  schema,
  resolvers: { Query: { session: (_root, { sessionId }) => session.get(sessionId) ?? null } },
  jit: 1,
  subscription: true,
});
const address = await app.listen({ host: '127.0.0.1', port: 0 });
console.log(`${address}/graphql`);
process.on('SIGTERM', () => process.exit(0));
