import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/chaos/**'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    // Two cores: more workers than cores only make timers fire late.
    maxWorkers: 2,
  },
});
