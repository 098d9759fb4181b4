import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AgentsRequest, MessagePart } from '../../../src/domain/sessions/session-store.js';
import { agentRows } from '../../../src/stores/sqlite/agent-rows.js';
import { AT_ONCE_BYTES, PASSED_AT_ONCE } from '../../../src/stores/sqlite/budgeted-read.js';
import { openReader } from '../../../src/stores/sqlite/connection.js';
import { addDeadline } from '../../../src/stores/sqlite/metadata-function.js';
import { prepareOnce, type Row, type Statements } from '../../../src/stores/sqlite/statements.js';
import { append, useFile } from './stage.js';

const LARGE = 'x'.repeat(PASSED_AT_ONCE);

let file: Awaited<ReturnType<typeof useFile>>;
let statements: Statements;
/** What the statements of the current test have given. */
let given: Row[] = [];

beforeAll(async () => {
  file = await useFile();
  const store = await file.open();
  await store.sessions.appendMessages(append('s', 'a', ['small', LARGE, LARGE, 'small too']));
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
