import type { pino } from 'pino';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ParleyError } from '../../src/domain/errors.js';
import { createLog } from '../../src/log.js';

function logged(write: (log: pino.Logger) => void, level = 'info') {
  const lines: string[] = [];
  write(createLog(level, { write: (line) => lines.push(line) }));
  return { text: lines.join(''), entries: lines.map((line) => JSON.parse(line)) };
}

afterEach(() => {
  vi.useRealTimers();
});

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

  it('writes ten lines of what happens again and again, and at the end of the minute how often it was', () => {
    vi.useFakeTimers();
    const { entries } = logged((log) => {
      const refused = () => log.warn({ reason: 'the claim "sub" is empty' }, 'a token is of no use');
      for (let n = 0; n < 1_000; n++) refused();
      log.warn({ reason: 'the claim "sub" is missing' }, 'a token is of no use');
      vi.advanceTimersByTime(60_000);
      refused();
    });
    const text = 'a token is of no use';
    expect(entries.slice(0, 10).map(({ msg }) => msg)).toEqual(Array(10).fill(text));
    expect(entries.slice(10)).toMatchObject([
      { level: 'warn', reason: 'the claim "sub" is missing', msg: text },
      { level: 'warn', more: 990, msg: `${text}: again, and not written each time` },
      { level: 'warn', reason: 'the claim "sub" is empty', msg: text },
    ]);
  });

  it('tells errors apart by where they come from, and not by what a caller has made them say', () => {
    const { entries } = logged((log) => {
      const fail = (error: Error) => log.error({ err: new Error('failed', { cause: error }) }, 'failed');
      for (let n = 0; n < 100; n++) fail(new RangeError(`row ${n}`));
      fail(new TypeError('another place'));
    });
    expect(entries).toHaveLength(11);
    expect(entries.at(-1).err.cause).toMatchObject({ type: 'TypeError' });
  });

  it('writes each entry that the audit has no place for', () => {
    const { entries } = logged((log) => {
      for (let n = 0; n < 100; n++) log.error({ audit: { action: 'addFeedback' } }, 'the audit is full');
    });
    expect(entries).toHaveLength(100);
  });

  it('writes a bounded number of lines, however many kinds of them there are', () => {
    const { entries } = logged((log) => {
      for (let n = 0; n < 5_000; n++) log.warn(`text ${n}`);
    });
    expect(entries).toHaveLength(110);
  });
});
