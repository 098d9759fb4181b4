import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { rolldown } from 'rolldown';
import { expect, it } from 'vitest';
import { makeTempFolder } from '../support/temp-folder.js';

const run = promisify(execFile);
const DIST = fileURLToPath(new URL('../../dist', import.meta.url));

const AGENT = `
import { SessionManager } from 'parley';
await SessionManager.open({ sessionId: 's1', path: process.argv[2] }).catch(({ code, message }) => console.log(code, message));
`;

it('the library says what to do where a bundler has left its threads behind', async () => {
  const folder = await makeTempFolder();
  const input = join(folder.path, 'agent.mjs');
  await writeFile(input, AGENT);
  const bundle = await rolldown({
    input,
    platform: 'node',
    // Installed beside the program, as any bundle leaves what is native.
    external: /^(mongodb|better-sqlite3|pino)/,
    resolve: { alias: { parley: join(DIST, 'index.js') } },
  });
  // In the checkout, so that what it leaves out is found.
  const out = join(DIST, `../node_modules/.bundled-${process.pid}`);
  try {
    await bundle.write({ dir: out, entryFileNames: '[name].mjs' });
    const { stdout } = await run(process.execPath, [join(out, 'agent.mjs'), join(folder.path, 'parley.db')]);
    expect(stdout).toMatch(/^STORE_UNAVAILABLE .* Leave "parley" out of the bundle \(external\)\.\n$/);
  } finally {
    await bundle.close();
    await rm(out, { recursive: true, force: true });
    await folder.remove();
  }
});
