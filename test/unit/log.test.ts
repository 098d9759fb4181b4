import type { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { ParleyError } from '../../src/domain/errors.js';
import { createLog } from '../../src/log.js';

function logged(write: (log: pino.Logger) => void, level = 'info') {
  const lines: string[] = [];
  write(createLog(level, { write: (line) => lines.push(line) }));
  return { text: lines.join(''), entries: lines.map((line) => JSON.parse(line)) };
}

describe('log', () => {
  it('writes one JSON object a line, with the level as a word', () => {
    const { text, entries } = logged((log) => log.info({ sessionId: 's1' }, 'two\nlines'));
    expect(text.match(/\n/g)).toHaveLength(1);
    expect(entries).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-.*Z$/),
        pid: process.pid,
        sessionId: 's1',
        msg: 'two\nlines',
      },
    ]);
  });

  it('keeps below its level', () => {
    expect(logged((log) => log.info('hidden'), 'warn').entries).toEqual([]);
  });

  it('shows an error with its causes', () => {
    const cause = new Error('disk I/O error', { cause: new TypeError('inner') });
    const { entries } = logged((log) =>
      log.error(
        { err: new ParleyError('STORE_UNAVAILABLE', 'The file cannot be read.', { cause }) },
        'failed',
      ),
    );
    expect(entries[0].err).toMatchObject({
      type: 'ParleyError',
      code: 'STORE_UNAVAILABLE',
      message: 'The file cannot be read.',
      stack: expect.stringContaining('log.test.ts'),
      cause: { message: 'disk I/O error', cause: { type: 'TypeError', message: 'inner' } },
    });
  });

  it('ends at causes that go round', () => {
    const error = new Error('round');
    error.cause = error;
    expect(logged((log) => log.error({ err: error }, 'failed')).entries).toHaveLength(1);
  });

  it('leaves out what a driver attaches to its errors', () => {
    const error = Object.assign(new Error('write failed'), { document: { text: 'private words' } });
    expect(logged((log) => log.error({ err: error }, 'failed')).text).not.toContain('private words');
  });

  it('shows no credentials, in fields, in texts or in errors', () => {
    const uri = 'mongodb+srv://admin:hunter2@db7.example/?x=y';
    const { text } = logged((log) => {
      log.info({ uri, config: { password: 'hunter2', mongodbUri: uri } }, 'fields');
      log.info(
        { request: { headers: { authorization: 'Bearer hunter2', cookie: 'id=hunter2' } } },
        'headers',
      );
      log.info({ where: [uri] }, `connecting to ${uri}`);
      log.error({ err: new Error(`cannot reach ${uri}`, { cause: new Error(uri) }) }, 'failed');
    });
    expect(text).not.toMatch(/hunter2|admin/);
    expect(text).toContain('connecting to mongodb+srv://[hidden]@db7.example/');
  });
});
