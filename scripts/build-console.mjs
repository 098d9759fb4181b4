// The console for the browser, into dist/console: bundled by Vite, then compressed, so that no request has to be.
// What has not changed since the last build is left as it is.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'vite';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OUTPUT = join(ROOT, 'dist/console');
const MARK = join(OUTPUT, '.built-from');
const COMPRESSED = /\.(html|js|css|svg|ttf)$/;

const inputs = fingerprint(['console', 'package-lock.json', 'scripts/build-console.mjs']);
if (read(MARK) !== inputs) {
  await build({ configFile: join(ROOT, 'console/vite.config.ts') });
  for (const file of filesBelow(OUTPUT).filter((one) => COMPRESSED.test(one))) compress(file);
  writeFileSync(MARK, inputs);
}

function compress(file) {
  const bytes = readFileSync(file);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
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
