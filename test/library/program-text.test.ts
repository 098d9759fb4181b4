import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { folderPerTest } from '../support/folder-per-test.js';

const run = promisify(execFile);
const LIBRARY = new URL('../../dist/index.js', import.meta.url).href;
const folder = folderPerTest();

it('a program that is given as text opens a SQLite file, and its threads load what it was told to load', async () => {
  const hook = join(folder.path, 'hook.mjs');
  const loaded = join(folder.path, 'loaded');
  await writeFile(
    hook,
    `import { appendFileSync } from 'node:fs';
     import { isMainThread } from 'node:worker_threads';
     appendFileSync(${JSON.stringify(loaded)}, isMainThread ? 'program\\n' : 'thread\\n');`,
  );
  const program = `import { openStore } from ${JSON.stringify(LIBRARY)};
    const store = await openStore({ path: ${JSON.stringify(join(folder.path, 'parley.db'))} });
    await store.close();
    console.log('closed');`;
  const options = [
    '--enable-source-maps',
    '--max-old-space-size=300',
    '--import',
    hook,
    '--input-type=module',
  ];
  const { stdout } = await run(process.execPath, [...options, '-e', program]);
  expect(stdout).toBe('closed\n');
  const [first, ...others] = (await readFile(loaded, 'utf8')).trim().split('\n');
  expect(first).toBe('program');
  expect(new Set(others)).toEqual(new Set(['thread']));
});
