import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Apart from the console: it is large, changes seldom, and is loaded by nobody who does not open it. */
export default defineConfig({
  root: here('.'),
  base: '/graphiql/',
  build: {
    outDir: here('../../dist/graphiql'),
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 10_000,
    rolldownOptions: {
      // `use client` is for servers that draw pages.
      onwarn: (warning, tell) => warning.code === 'MODULE_LEVEL_DIRECTIVE' || tell(warning),
    },
  },
  worker: { format: 'es' },
  logLevel: 'warn',
});
