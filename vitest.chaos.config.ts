import { mergeConfig } from 'vitest/config';
import everyday from './vitest.config.js';

/** The tests that take minutes: `npm run test:chaos`, one after the other. */
const config = mergeConfig(everyday, {
  test: { include: ['test/chaos/**/*.test.ts'], fileParallelism: false },
});
// The everyday run leaves them out, and lists are merged by joining.
config.test.include = ['test/chaos/**/*.test.ts'];
config.test.exclude = [];
export default config;
