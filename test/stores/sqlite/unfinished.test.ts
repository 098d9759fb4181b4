import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NewAuditEntry } from '../../../src/domain/access/audit-log.js';
import { rangesOfSession } from '../../../src/domain/sessions/snapshot-key.js';
import { appendAudit, pruneAudit } from '../../../src/stores/sqlite/access.js';
import { writeSnapshot } from '../../../src/stores/sqlite/snapshots.js';
import { prepareOnce, type Statements } from '../../../src/stores/sqlite/statements.js';
import { eraseGrave } from '../../../src/stores/sqlite/writes/graves.js';
import { remainsOf } from '../../../src/stores/sqlite/writes/remains.js';
import { Unfinished } from '../../../src/stores/sqlite/writes/unfinished.js';
import {
  recountAgent,
  recountAround,
  recountFrom,
  recountOn,
} from '../../../src/stores/sqlite/writes/usage-totals.js';
import { createSession, deleteSession } from '../../../src/stores/sqlite/writes/write-sessions.js';
import { eventually } from '../../support/eventually.js';
import { seededRandom } from '../../support/seeded-random.js';
import { append, NOW, receipt, useFile } from './stage.js';

let file: Awaited<ReturnType<typeof useFile>>;
beforeEach(async () => {
  file = await useFile();
});
afterEach(() => file.remove());

/** The file, without a store on it. */
async function beside(): Promise<{ db: Database.Database; statements: Statements }> {
  const db = new Database(file.path);
  db.pragma('foreign_keys = ON');
  db.function('in_time', () => 1);
  return { db, statements: prepareOnce(db) };
}

const texts = (count: number) => Array.from({ length: count }, (_, index) => `text ${index}`);

async function write(sessionId: string, count: number): Promise<void> {
  const { sessions, close } = await file.open();
  await sessions.appendMessages(append(sessionId, 'a', texts(count)));
  await close();
}

describe('what messages cost', () => {
  /** Each row, and the totals, as they stand and as they are when all is counted anew. */
  function compared({ db, statements }: Awaited<ReturnType<typeof beside>>) {
    const seen = () => [
      db.prepare('SELECT * FROM usage_readings ORDER BY position').all(),
      db.prepare('SELECT input_tokens, output_tokens, total_tokens FROM agents').all(),
    ];
    const stands = seen();
    db.exec('SAVEPOINT anew');
    recountAgent(statements, 1);
    const anew = seen();
    db.exec('ROLLBACK TO anew; RELEASE anew');
    return { stands, anew };
  }

  function setCounter({ db }: Awaited<ReturnType<typeof beside>>, position: number, counts: object | null) {
    db.prepare('UPDATE messages SET event_loop_metrics = ? WHERE position = ?').run(
      counts && JSON.stringify({ accumulated_usage: counts }),
      position,
    );
  }

  /** A thousand messages with counters, of which all follow from the first, which has just changed. */
  async function manyCounters() {
    await write('s', 1_000);
    const there = await beside();
    for (let position = 0; position < 1_000; position++)
      setCounter(there, position, { outputTokens: position });
    recountAgent(there.statements, 1);
    setCounter(there, 0, { inputTokens: 7, outputTokens: 0 });
    return there;
  }

  it('is counted anew in steps where all counters behind one follow from it', async () => {
    const there = await manyCounters();
    expect(recountFrom(there.statements, 1, 0)).toBe(true);
    const steps = () => there.db.prepare('SELECT * FROM recounts').all();
    expect(steps()).toEqual([{ agent: 1, position: 200, until: 0 }]);
    let rests = 1;
    while (recountOn(there.statements) instanceof Unfinished) rests++;
    expect(rests).toBe(4);
    expect(steps()).toEqual([]);
    const { stands, anew } = compared(there);
    expect(stands).toEqual(anew);
    there.db.close();
  });

  it('is the same in steps as counted all at once, whatever changes', async () => {
    const { next } = seededRandom(12);
    const below = (most: number) => Math.floor(next() * most);
    await write('s', 700);
    const there = await beside();
    const counts = () =>
      below(3) === 0
        ? null
        : {
            ...(below(2) ? { inputTokens: below(5) } : {}),
            ...(below(2) ? { outputTokens: below(50) } : {}),
          };
    for (let position = 0; position < 700; position++) {
      setCounter(there, position, counts());
      there.db
        .prepare('UPDATE messages SET role = ?, metadata = ? WHERE position = ?')
        .run(
          below(40) ? 'user' : 'assistant',
          below(3) ? null : '{"usage":{"inputTokens":1,"outputTokens":1}}',
          position,
        );
    }
    recountAgent(there.statements, 1);
    for (let round = 0; round < 150; round++) {
      const position = below(700);
      if (below(2)) {
        setCounter(there, position, counts());
        recountFrom(there.statements, 1, position);
      } else {
        there.db
          .prepare(`UPDATE messages SET role = iif(role = 'user', 'assistant', 'user') WHERE position = ?`)
          .run(position);
        recountAround(there.statements, 1, position);
      }
      // Sometimes others come in between.
      if (below(3) === 0) continue;
      while (recountOn(there.statements) instanceof Unfinished);
      const { stands, anew } = compared(there);
      expect(stands).toEqual(anew);
    }
    there.db.close();
  });

  it('is counted on by whoever opens the file next', async () => {
    const there = await manyCounters();
    recountFrom(there.statements, 1, 0);
    await file.open();
    await eventually(() => expect(there.db.prepare('SELECT * FROM recounts').all()).toEqual([]));
    const { stands, anew } = compared(there);
    expect(stands).toEqual(anew);
    there.db.close();
  });
});

describe('a session with very much in it', () => {
  const left = (statements: Statements) =>
    remainsOf(statements, { sessionIds: ['s'] }).filter((one) => one.left > 0);

  it('is gone at once, and erased in steps, beside one that takes its name', async () => {
    await write('s', 1_300);
    const { db, statements } = await beside();
    expect(deleteSession(statements, { sessionId: 's', now: NOW })).toBeInstanceOf(Unfinished);
    expect(db.prepare('SELECT count(*) FROM sessions').pluck().get()).toBe(0);
    expect(db.prepare('SELECT count(*) FROM messages').pluck().get()).toBe(800);
    createSession(statements, {
      ...append('s', 'a', []).createIfMissing,
      receipt: receipt(),
      now: NOW,
    });
    expect(db.prepare('SELECT id FROM sessions').pluck().all()).toEqual([2]);
    const { sessions } = await file.open();
    await eventually(() => expect(db.prepare('SELECT count(*) FROM graves').pluck().get()).toBe(0));
    expect(await sessions.loadSessions(['s'])).toMatchObject([{ messageCount: 0 }]);
    expect(left(statements)).toMatchObject([{ place: 'sessions', left: 1 }]);
    db.close();
  });

  it('is answered for when nothing of it is left', async () => {
    const { sessions } = await file.open();
    await sessions.appendMessages(append('s', 'a', texts(1_300)));
    await sessions.addFeedback({
      sessionId: 's',
      feedback: { rating: 'up', comment: null, fields: {} },
      receipt: receipt(),
      now: NOW,
    });
    const neighbour = sessions.appendMessages(append('t', 'a', ['Hello']));
    expect(await sessions.deleteSession('s', NOW)).toBe(true);
    await neighbour;
    expect((await sessions.remainsOf(['s'])).filter((one) => one.left > 0)).toEqual([]);
    expect(await sessions.deleteSession('s', NOW)).toBe(false);
  });

  it('is gone, too, where the store is closed while its snapshots are removed', async () => {
    await write('s', 1);
    const { db, statements } = await beside();
    const [{ from } = { from: '' }] = rangesOfSession('s');
    for (let n = 0; n < 1_300; n++)
      writeSnapshot(statements, { key: `${from}${n}`, data: Buffer.from('state'), now: NOW });
    const { sessions, close } = await file.open();
    const [deleted] = await Promise.all([sessions.deleteSession('s', NOW), close()]);
    expect(deleted).toBe(true);
    expect(db.prepare('SELECT count(*) FROM snapshots').pluck().get()).toBe(0);
    expect(db.prepare('SELECT count(*) FROM sessions').pluck().get()).toBe(0);
    db.close();
  });

  it('is removed by its bytes, too: large messages one by one', async () => {
    const { sessions, close } = await file.open();
    const large = Array.from({ length: 3 }, () => 'x'.repeat(1_100_000));
    await sessions.appendMessages(append('s', 'a', large));
    await close();
    const { db, statements } = await beside();
    let step: unknown = deleteSession(statements, { sessionId: 's', now: NOW });
    const counts: unknown[] = [];
    while (step instanceof Unfinished) {
      counts.push(db.prepare('SELECT count(*) FROM messages').pluck().get());
      step = eraseGrave(statements, { session: 1 });
    }
    expect(counts).toEqual([2, 1, 0]);
    expect(left(statements)).toEqual([]);
    db.close();
  });
});

describe('an audit of very many writes', () => {
  const entry = (at: number): NewAuditEntry => ({
    at: new Date(at),
    callerKind: 'key',
    callerId: 'k',
    callerName: 'agent',
    action: 'appendMessages',
    sessionId: 's',
    agentId: 'a',
    outcome: 'ok',
    from: null,
    count: 1,
    mark: null,
  });
  const entries = Array.from({ length: 1_000 }, (_, at) => entry(at));

  it('is cut off in steps', async () => {
    await write('s', 1);
    const { db, statements } = await beside();
    appendAudit(statements, { entries });
    const left = () => db.prepare('SELECT count(*) FROM audit').pluck().get();
    const input = { olderThan: new Date(900) };
    const seen: unknown[] = [];
    while (pruneAudit(statements, input) instanceof Unfinished) seen.push(left());
    expect([...seen, left()]).toEqual([700, 400, 100, 100]);
    db.close();
  });

  it('has been cut off when that is answered', async () => {
    const { audit } = await file.open();
    await audit.append(entries);
    await audit.prune(new Date(990));
    expect(await audit.list({ limit: 20, before: null })).toHaveLength(10);
  });
});
