import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ParleyError } from '../../../domain/errors.js';

const BUNDLED =
  'The threads of the SQLite store are files beside their package, and are not beside this program: a bundler has put the package into it. Leave "parley" out of the bundle (external).';

/**
 * The compiled module: Node 20 cannot start a thread from TypeScript, so code that runs from src/ uses dist/. STORE_UNAVAILABLE where it
 * was left behind by a bundler, some of which know no `import.meta.url`.
 */
export function threadFile(module: string): string {
  const here: string | undefined = import.meta.url;
  const file =
    here &&
    fileURLToPath(new URL(`./${module}.js`, here)).replace(/([\\/])src([\\/]stores[\\/])/, '$1dist$2');
  if (!file || !existsSync(file)) throw new ParleyError('STORE_UNAVAILABLE', BUNDLED);
  return file;
}
