// The console for the browser, into dist/console, and GraphiQL, into dist/graphiql: bundled by Vite, then compressed, so that no request has to be.
// What has not changed since the last build is left as it is.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'vite';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const COMPRESSED = /\.(html|js|css|svg|ttf)$/;

await buildIfChanged('console', 'console/vite.config.ts', [
  'console/src',
  'console/index.html',
  'console/vite.config.ts',
]);
await buildIfChanged('graphiql', 'console/graphiql/vite.config.ts', [
  'console/graphiql',
  'console/src/api',
  'docs/operations',
]);

async function buildIfChanged(name, config, sources) {
  const output = join(ROOT, 'dist', name);
  const mark = join(output, '.built-from');
  const inputs = fingerprint([...sources, 'package-lock.json', 'scripts/build-console.mjs']);
  if (read(mark) === inputs) return;
  await build({ configFile: join(ROOT, config) });
  for (const file of filesBelow(output).filter((one) => COMPRESSED.test(one))) compress(file);
  writeFileSync(mark, inputs);
}

function compress(file) {
  const bytes = readFileSync(file);
  // The best takes seconds for a megabyte, and gains little there.
  const quality = bytes.length > 500_000 ? 9 : 11;
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: quality,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  };
  writeFileSync(`${file}.br`, brotliCompressSync(bytes, { params }));
  writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
}

function fingerprint(paths) {
  const hash = createHash('sha256');
  for (const path of paths.flatMap((one) => filesBelow(join(ROOT, one))).sort()) {
    hash.update(path).update('\0').update(readFileSync(path)).update('\0');
  }
  return hash.digest('hex');
}

function filesBelow(path) {
  try {
    return readdirSync(path, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    if (error.code === 'ENOTDIR') return [path];
    throw error;
  }
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
