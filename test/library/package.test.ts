import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packParley } from '../support/packed-package.js';
import { makeTempFolder } from '../support/temp-folder.js';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A fresh project into which the package was installed; its dependencies are those of this checkout. */
let folder: Awaited<ReturnType<typeof makeTempFolder>>;
let files: string[] = [];
beforeAll(async () => {
  folder = await makeTempFolder();
  const packed = await packParley(folder.path);
  files = packed.files;
  // Of the command line's.
  await packed.install(folder.path, [join(ROOT, 'node_modules/ipaddr.js')]);
});
afterAll(() => folder.remove());

const AGENT = `
import { type ContentBlock, ParleyError, SessionManager, type StoredMessage } from 'parley';

await using manager: SessionManager = await SessionManager.open({ sessionId: 's1', path: './parley.db' });
const block: ContentBlock = { text: 'Hello' };
await manager.appendMessage({ role: 'user', content: [block] }, { agentId: 'support' });
const { messages }: { messages: StoredMessage[] } = await manager.getAgent('support', { messages: 'all' });
console.log(messages[0]?.content[0]?.text, ParleyError.name);
// @ts-expect-error: there is no such role
if (messages.length > 9) await manager.appendMessage({ role: 'system', text: 'x' }, { agentId: 'a' });
`;

describe('the package', () => {
  it('holds what was built, the schema and the documents, and nothing else', () => {
    const folders = new Set(files.map((path) => path.split('/')[0]));
    expect([...folders].sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'dist',
      'docs',
      'package.json',
      'schema',
    ]);
    expect(files).toContain('dist/index.d.ts');
    expect(files).toContain('dist/console/index.html.br');
    expect(files).toContain('dist/server/serve.js');
    const modules = files.flatMap(
      (path) => /^dist\/(?!server|console|graphiql)(.*)\.js$/.exec(path)?.[1] ?? [],
    );
    expect(modules.filter((module) => !existsSync(join(ROOT, `src/${module}.ts`)))).toEqual([]);
  });

  it('gives a fresh project the manager, with its types', async () => {
    await writeFile(join(folder.path, 'agent.ts'), AGENT);
    const options = {
      compilerOptions: {
        module: 'nodenext',
        target: 'es2022',
        lib: ['es2022', 'esnext.disposable'],
        types: ['node'],
        strict: true,
        // A client's operations are typed as documents of GraphQL; nothing of it is loaded here.
        paths: { graphql: [join(ROOT, 'node_modules/graphql/index.d.ts')] },
      },
      files: ['agent.ts'],
    };
    await writeFile(join(folder.path, 'tsconfig.json'), JSON.stringify(options));
    const tsc = join(ROOT, 'node_modules/.bin/tsc');
    await run(tsc, ['-p', 'tsconfig.json'], { cwd: folder.path }).catch((error: { stdout: string }) => {
      throw new Error(error.stdout);
    });
    const { stdout } = await run(process.execPath, ['agent.js'], { cwd: folder.path });
    expect(stdout).toBe('Hello ParleyError\n');
  });

  it('loads neither the server nor a database when it is imported, and starts nothing', async () => {
    // Of GraphQL, Apollo and WebSockets nothing is in this project: the import would fail.
    const program = `
      import { createRequire } from 'node:module';
      await import('parley');
      const loaded = Object.keys(createRequire(import.meta.url).cache);
      console.log(JSON.stringify({ loaded, resources: process.getActiveResourcesInfo() }));
    `;
    await writeFile(join(folder.path, 'import.mjs'), program);
    const { stdout } = await run(process.execPath, ['import.mjs'], { cwd: folder.path });
    const { loaded, resources } = JSON.parse(stdout) as Record<string, string[]>;
    expect(loaded?.some((path) => path.includes('/pino/'))).toBe(true);
    expect(loaded?.filter((path) => /\/(mongodb|better-sqlite3)\//.test(path))).toEqual([]);
    expect(resources?.filter((name) => /Timeout|Server|Socket|TCP|Message|Worker/.test(name))).toEqual([]);
  });

  it('prints the schema beside whatever graphql a project has', async () => {
    const parley = join(folder.path, 'node_modules/parley');
    const { stdout } = await run(process.execPath, [join(parley, 'dist/main.js'), 'schema']);
    expect(stdout).toBe(await readFile(join(parley, 'dist/schema.graphql'), 'utf8'));
    expect(stdout).toContain('type Query {');
  });
});
