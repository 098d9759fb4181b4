// tsc leaves what it once made of modules that are gone: they would be packed, and an import of one would still be found.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** What others make. */
const OTHERS = /^(server|console|graphiql)[\\/]/;

for (const file of readdirSync(`${ROOT}dist`, { recursive: true })) {
  const module = /^(.*?)\.(js|js\.map|d\.ts)$/.exec(file)?.[1];
  if (module === undefined || OTHERS.test(file) || existsSync(`${ROOT}src/${module}.ts`)) continue;
  rmSync(`${ROOT}dist/${file}`);
}
