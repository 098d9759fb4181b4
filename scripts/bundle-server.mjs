// The server and its database threads, into dist/server: each with what it loads in a few files, because to find, read and link a
// thousand modules takes most of a start. Nothing is shortened or renamed: traces of errors stay readable.
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const DIST = fileURLToPath(new URL('../dist/', import.meta.url));

/** Loaded where they are used, native, or with threads and files of their own. */
const PACKAGES = /^(node:|mongodb|better-sqlite3|pino)/;
/** There once in the process: the command line, and the modules of hooks, hold what is of them. */
const SHARED = ['config.js', 'domain/errors.js', 'stores/native-threads.js', 'version.js'];

const shared = {
  name: 'shared',
  resolveId(source, importer) {
    if (!importer || !source.startsWith('.')) return null;
    const path = resolve(importer, '..', source);
    const found = SHARED.find((one) => path === DIST + one);
    return found ? { id: `../${found}`, external: true } : null;
  },
};

const bundle = await rolldown({
  input: {
    serve: `${DIST}cli/serve.js`,
    'checkpoint-thread': `${DIST}stores/sqlite/threads/checkpoint-thread.js`,
    'reader-thread': `${DIST}stores/sqlite/threads/reader-thread.js`,
    'writer-thread': `${DIST}stores/sqlite/threads/writer-thread.js`,
  },
  platform: 'node',
  external: PACKAGES,
  plugins: [shared],
});
await bundle.write({ dir: `${DIST}server`, entryFileNames: '[name].js', cleanDir: true });
await bundle.close();
