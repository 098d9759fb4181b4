import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { createSessionService } from '../dist/domain/sessions/session-service.js';
import { randomBytes } from '../dist/random-bytes.js';
import { openStore } from '../dist/stores/open-store.js';

/** The session service on a SQLite file (its path) or on MongoDB (its options), as the server composes it. */
export async function openService(
  database,
  { synchronous = 'FULL', metadataIndexes = [], now = () => new Date() } = {},
) {
  const opened = await openStore({
    ...(typeof database === 'string' ? { sqlite: { path: database, synchronous } } : { mongodb: database }),
    metadataIndexes,
    log: pino({ level: 'silent' }),
  });
  const service = createSessionService({
    store: opened.sessions,
    now,
    randomBytes,
    newId: randomUUID,
  });
  return { service, opened, close: () => opened.close() };
}

/** About 1 kB of text, different for each `n`. */
export function textOf(n, length = 1_000) {
  return `${n} ${'Where is my order? It was to arrive on Tuesday. '.repeat(Math.ceil(length / 48))}`.slice(
    0,
    length,
  );
}
