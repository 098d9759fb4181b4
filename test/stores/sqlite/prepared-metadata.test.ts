import { afterAll, beforeAll, expect, it } from 'vitest';
import { atOnce } from '../../../src/domain/async/in-slices.js';
import type { ChangeMetadata } from '../../../src/domain/sessions/session-store.js';
import { openWriter } from '../../../src/stores/sqlite/file/connection.js';
import { prepareOnce, type Statements } from '../../../src/stores/sqlite/statements.js';
import { changeMetadata, prepareMetadata } from '../../../src/stores/sqlite/writes/write-sessions.js';
import { append, NOW, receipt, useFile } from './stage.js';

let file: Awaited<ReturnType<typeof useFile>>;
let statements: Statements;
let readings = 0;

beforeAll(async () => {
  file = await useFile();
  const store = await file.open();
  await store.sessions.appendMessages(append('s', 'a', ['first']));
  await store.close();
  const plain = prepareOnce(openWriter(file.path, 'NORMAL'));
  statements = {
    ...plain,
    get(sql, ...parameters) {
      if (sql.startsWith('SELECT CAST(metadata')) readings++;
      return plain.get(sql, ...parameters);
    },
  };
});
afterAll(async () => {
  statements.db.close();
  await file.remove();
});

const change = (set: ChangeMetadata['set']): ChangeMetadata => ({
  sessionId: 's',
  set,
  unset: [],
  receipt: receipt(),
  now: NOW,
});
/** How often the metadata was read to make the change. */
function readingsOf(input: ChangeMetadata): number {
  const prepared = atOnce(prepareMetadata(statements, input));
  readings = 0;
  changeMetadata(statements, input, prepared);
  return readings;
}

it('what was prepared is written without a further look at the metadata', () => {
  expect(readingsOf(change([['user.name', 'n']]))).toBe(0);
});

it('what was found to be impossible as it was prepared is refused without a further look', () => {
  expect(readingsOf(change([['list', []]]))).toBe(0);
  expect(() => readingsOf(change([['list.5000', 1]]))).toThrow(/list/);
  expect(readings).toBe(0);
});

it('what was impossible is tried again where another connection has changed anything since', () => {
  const input = change([['later.5000', 1]]);
  readingsOf(change([['later', []]]));
  const prepared = atOnce(prepareMetadata(statements, input));
  const other = openWriter(file.path, 'NORMAL');
  other.prepare('UPDATE sessions SET metadata = ?').run('{}');
  other.close();
  readings = 0;
  changeMetadata(statements, input, prepared);
  expect(readings).toBe(1);
});

it('what the database failed with as it was prepared is no refusal, and is tried again', () => {
  const input = change([['again', 1]]);
  const failing: Statements = {
    ...statements,
    get(sql, ...parameters) {
      if (sql.startsWith('SELECT CAST(metadata')) throw new Error('disk I/O error');
      return statements.get(sql, ...parameters);
    },
  };
  expect(() => atOnce(prepareMetadata(failing, input))).toThrow('disk I/O error');
  expect(readingsOf(input)).toBe(0);
});
