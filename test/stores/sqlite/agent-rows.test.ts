import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROW_BYTES } from '../../../src/domain/read-budget.js';
import type { AgentsRequest, MessagePart } from '../../../src/domain/sessions/session-store.js';
import { openReader } from '../../../src/stores/sqlite/file/connection.js';
import { agentRows } from '../../../src/stores/sqlite/reads/agent-rows.js';
import { BEHIND_AGENT, USUAL_BYTES } from '../../../src/stores/sqlite/reads/agent-sql.js';
import { AT_ONCE_BYTES, PASSED_AT_ONCE } from '../../../src/stores/sqlite/reads/budgeted-read.js';
import { addDeadline } from '../../../src/stores/sqlite/reads/metadata-function.js';
import { prepareOnce, type Row, type Statements } from '../../../src/stores/sqlite/statements.js';
import { append, NOW, receipt, useFile } from './stage.js';

const LARGE = 'x'.repeat(PASSED_AT_ONCE);

let file: Awaited<ReturnType<typeof useFile>>;
let statements: Statements;
/** What the statements of the current test have given. */
let given: Row[] = [];

beforeAll(async () => {
  file = await useFile();
  const store = await file.open();
  await store.sessions.appendMessages(append('s', 'a', ['small', LARGE, LARGE, 'small too']));
  // In the order in which they came to be, whatever their ids.
  for (const agentId of ['b', 'a']) await store.sessions.appendMessages(append('t', agentId, ['small']));
  await store.sessions.appendMessages(append('u', 'long', ['small', 'x'.repeat(2 * USUAL_BYTES)]));
  await store.sessions.upsertAgent({ sessionId: 'u', agentId: 'silent', receipt: receipt(), now: NOW });
  const db = openReader(file.path);
  addDeadline(db, () => 0);
  const plain = prepareOnce(db);
  statements = {
    ...plain,
    rows(sql, ...parameters) {
      const rows = plain.rows(sql, ...parameters);
      given.push(...rows);
      return rows;
    },
  };
});
afterAll(async () => {
  statements.db.close();
  await file.remove();
});

const ask = (messageParts: readonly MessagePart[], first = 4): readonly AgentsRequest[] => [
  { sessionId: 's', among: ['a'], windows: [{ first }], parts: [], messageParts },
];
const here = (asked: readonly AgentsRequest[]) => agentRows(statements, asked, AT_ONCE_BYTES, PASSED_AT_ONCE);
/** A window has three columns, a message here more. */
const isAgent = (row: Row) => row.length === BEHIND_AGENT;
const positionsIn = (rows: Row[] = []) => rows.filter((row) => row[3] === 'user').map((row) => row[1]);

describe('a page of messages', () => {
  it('takes nothing of one that is large before it has been let through', () => {
    given = [];
    const found = here(ask(['content']));
    expect(found.value).toBeUndefined();
    expect(found.bytes).toBeGreaterThan(2 * LARGE.length);
    expect(positionsIn(given)).not.toContain(1);
    expect(positionsIn(given)).not.toContain(2);
  });

  it('is found whole once it has been', () => {
    const { value } = agentRows(statements, ask(['content']), 4 * LARGE.length);
    expect(positionsIn(value)).toEqual([0, 1, 2, 3]);
  });

  it('is left to a thread where little is asked for that stands behind much', () => {
    given = [];
    const found = here(ask([]));
    expect(found).toEqual({ bytes: expect.any(Number), far: true });
    expect(found.bytes).toBeLessThan(AT_ONCE_BYTES);
    expect(positionsIn(given)).not.toContain(1);
    const { value } = agentRows(statements, ask([]), AT_ONCE_BYTES);
    expect(positionsIn(value)).toEqual([0, 1, 2, 3]);
  });

  it('is found at once where all that it has is small', () => {
    expect(positionsIn(here(ask([], 1)).value)).toEqual([0]);
    expect(positionsIn(here(ask(['content'], 1)).value)).toEqual([0]);
  });
});

describe('the agents of several sessions', () => {
  const of = (...sessionIds: string[]): AgentsRequest[] =>
    sessionIds.map((sessionId) => ({ sessionId, among: 'all', windows: [], parts: [] }));

  it('are each with the request that asks for them, also where another asks for the same', () => {
    const places = agentRows(statements, of('t', 'nowhere', 's', 't'), AT_ONCE_BYTES).value?.map(
      ([place, , , , agentId]) => [place, agentId],
    );
    expect(places).toEqual([
      [0, 'b'],
      [0, 'a'],
      [2, 'a'],
      [3, 'b'],
      [3, 'a'],
    ]);
  });

  it('are counted, and not loaded, where they are more than may come along', () => {
    expect(agentRows(statements, of('s', 't'), 2 * ROW_BYTES)).toEqual({ bytes: 3 * ROW_BYTES });
    expect(agentRows(statements, of('s', 't'), 3 * ROW_BYTES).value).toHaveLength(3);
  });

  it('come with their last messages as these are found one by one', () => {
    const last = (request: AgentsRequest): AgentsRequest => ({
      ...request,
      windows: [{ last: 1 }],
      messageParts: ['content'],
    });
    const asked = of('s', 'u', 't').map(last);
    given = [];
    const { value = [], bytes } = agentRows(statements, asked, AT_ONCE_BYTES);
    // One statement gave the agents with their small messages, and one the message that is not small.
    expect(given).toHaveLength(6);
    const alone = asked.map((request) => agentRows(statements, [request], AT_ONCE_BYTES));
    const inPlace = alone.flatMap(({ value = [] }, place) =>
      value.map((row) => (isAgent(row) ? [place, ...row.slice(1)] : row)),
    );
    expect(value).toEqual(inPlace);
    expect(bytes).toBe(alone.reduce((sum, { bytes }) => sum + bytes, 0));
    expect(positionsIn(value)).toEqual([3, 1, 0, 0]);
  });
});
