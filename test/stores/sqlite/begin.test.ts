import { expect, it } from 'vitest';
import type { Statements } from '../../../src/stores/sqlite/statements.js';
import { beginWrite } from '../../../src/stores/sqlite/writes/begin.js';

const busy = (code = 'SQLITE_BUSY') => Object.assign(new Error('database is locked'), { code });

/** A file that others have locked for the first `errors.length` times that it is asked for. */
function locked(errors: Error[]) {
  const asked: string[] = [];
  const statements = {
    run(sql: string) {
      asked.push(sql);
      const error = errors.shift();
      if (error) throw error;
    },
  } as unknown as Statements;
  return { statements, asked };
}

it('a write begins as soon as another process leaves the lock, which is asked for at even times', () => {
  const { statements, asked } = locked([busy(), busy('SQLITE_BUSY_SNAPSHOT'), busy()]);
  beginWrite(statements);
  expect(asked).toEqual(Array(4).fill('BEGIN IMMEDIATE'));
});

it('a lock that is not left in five seconds is told, and what else is wrong at once', () => {
  let time = 0;
  const always = Array.from({ length: 100 }, () => busy());
  expect(() => beginWrite(locked(always).statements, () => (time += 1_000))).toThrow('database is locked');
  expect(always).toHaveLength(94);
  const damaged = Object.assign(new Error('malformed'), { code: 'SQLITE_CORRUPT' });
  expect(() => beginWrite(locked([damaged]).statements)).toThrow('malformed');
});
