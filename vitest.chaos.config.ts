import { defineConfig } from 'vitest/config';
import base from './vitest.config.js';

/** The long form of the chaos tests: `npm run test:chaos`. */
export default defineConfig({
  ...base,
  test: {
    include: ['test/chaos/**/*.chaos.test.ts'],
    globalSetup: ['test/support/chaos/report-setup.ts'],
    testTimeout: 600_000,
    hookTimeout: 60_000,
    // One at a time: the servers need the other cores.
    fileParallelism: false,
  },
});
