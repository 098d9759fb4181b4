import { createRequire } from 'node:module';
import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: {
    // Vite would take graphql's ES modules for the tests, and Node its CommonJS for the libraries: two realms.
    alias: [{ find: /^graphql$/, replacement: createRequire(import.meta.url).resolve('graphql') }],
  },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, 'test/chaos/**'],
    // Reached by a defect alone: a machine that is busy with something else takes many times as long.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Two cores: more workers than cores only make timers fire late.
    maxWorkers: 2,
  },
});
