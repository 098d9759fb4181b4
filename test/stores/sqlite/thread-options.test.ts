import { expect, it } from 'vitest';
import { threadOptions } from '../../../src/stores/sqlite/threads/thread-options.js';

it('a thread takes the options of its process as they are, where it can', () => {
  expect(threadOptions([])).toBeUndefined();
  expect(threadOptions(['--import', './tracing.js', '-e', 'run()'])).toBeUndefined();
});

it('of a program that is given as text it has what loads modules and tells errors, and neither its text nor what V8 may take', () => {
  const kept = ['--enable-source-maps', '-r', './one.cjs', '--import=./two.js', '--import', './three.js'];
  const given = ['--max-old-space-size=300', ...kept, '--input-type=module', '--eval', '--import'];
  expect(threadOptions(given)).toEqual(kept);
});
