import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../stores/mongo/server.js';
import { LOADED_BY_CLIENT, type PackedPackage, packParley } from '../support/packed-package.js';
import { type RunningServer, startServer } from '../support/server.js';
import { makeTempFolder } from '../support/temp-folder.js';
import { agentNode } from './strands-process.js';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const NEWEST = join(ROOT, 'node_modules');
const OLDEST = join(ROOT, 'test/support/oldest-frameworks/node_modules');

/** The oldest ones are there after `npm ci --prefix test/support/oldest-frameworks`. */
const VERSIONS = Object.entries({ newest: NEWEST, oldest: OLDEST }).filter(([, modules]) =>
  existsSync(modules),
);

/**
 * One for each adapter: its framework's packages, and what its example prints in two turns of one session. `written`: in the way of which
 * versions the example is. `node`: on which Node, null where that is not there; another one than this has no SQLite, and runs it on MongoDB. `overServer`: it takes the
 * address of a server, too.
 */
const ADAPTERS = [
  {
    subpath: 'ai-sdk',
    written: ['newest'],
    packages: ['ai', '@ai-sdk', '@standard-schema', 'zod'],
    turns: ['0 messages before: It was sent on Monday.\n', '2 messages before: It was sent on Monday.\n'],
  },
  {
    subpath: 'claude-agent-sdk',
    written: ['newest', 'oldest'],
    packages: ['@anthropic-ai/claude-agent-sdk', '@anthropic-ai/sdk', '@modelcontextprotocol/sdk', 'zod'],
    turns: [0, 2].map((before) => `It was sent on Monday.\n${before} messages before, ${before + 2} now\n`),
  },
  {
    subpath: 'langchain',
    written: ['newest', 'oldest'],
    packages: ['@langchain/core'],
    turns: ['0 messages before: It was sent on Monday.\n', '4 messages before: It was sent on Monday.\n'],
  },
  {
    subpath: 'openai-agents',
    written: ['newest', 'oldest'],
    packages: ['@openai/agents', '@openai/agents-core', 'zod'],
    turns: ['0 items before: It was sent on Monday.\n', '4 items before: It was sent on Monday.\n'],
  },
  {
    subpath: 'strands',
    written: ['newest'],
    packages: ['@strands-agents/sdk', 'zod'],
    turns: ['0 messages before: It was sent on Monday.\n', '4 messages before: It was sent on Monday.\n'],
    node: agentNode,
    overServer: true,
  },
  {
    subpath: 'tanstack-ai',
    written: ['newest'],
    packages: ['@tanstack/ai'],
    turns: Array(2).fill('All: It was sent on Monday. Behind the first words: on Monday.\n'),
  },
];
const SUBPATHS = ADAPTERS.map(({ subpath }) => subpath);

let packed: PackedPackage;
let mongo: TestServer;
let server: RunningServer;
let folder: Awaited<ReturnType<typeof makeTempFolder>>;
beforeAll(async () => {
  [folder, mongo, server] = await Promise.all([makeTempFolder(), startTestServer(), startServer()]);
  packed = await packParley(folder.path);
});
afterAll(async () => {
  await mongo.close();
  await server.stop();
  await folder.remove();
});

/** An empty project into which the package and one framework were installed; what these need lies in this checkout. */
async function projectWith(name: string, frameworks: string, packages: readonly string[]): Promise<string> {
  const path = join(folder.path, name);
  await packed.install(path, [...LOADED_BY_CLIENT, ...packages.map((one) => join(frameworks, one))]);
  return path;
}

describe.each(ADAPTERS)('parley/$subpath in an empty project', (adapter) => {
  const { subpath, packages, turns, written, node = process.execPath, overServer = false } = adapter;
  it.each(VERSIONS.filter(([age]) => written.includes(age)))(
    'runs its example with the %s version of its framework, type-checked',
    async (age, frameworks) => {
      const path = await projectWith(`${subpath}-${age}`, frameworks, packages);
      const example = join(ROOT, 'examples', subpath);
      for (const name of await readdir(example)) {
        if (/\.ts$|^tsconfig/.test(name)) await cp(join(example, name), join(path, name));
      }
      await run(join(NEWEST, '.bin/tsc'), ['-p', 'tsconfig.json'], { cwd: path }).catch(
        ({ stdout }: { stdout: string }) => {
          throw new Error(stdout);
        },
      );
      if (node === null) return;
      const env = node === process.execPath ? process.env : { ...process.env, MONGODB_URI: mongo.uri };
      const places = overServer ? [env, { ...env, PARLEY_URL: server.url }] : [env];
      for (const place of places) {
        for (const expected of turns) {
          const { stdout } = await run(node, ['agent.js'], { cwd: path, env: place });
          expect(stdout).toBe(expected);
        }
      }
    },
  );

  it('loads no other adapter, no server and no database when it is imported', async () => {
    const path = await projectWith(`${subpath}-alone`, NEWEST, packages);
    const others = SUBPATHS.filter((other) => other !== subpath);
    for (const unwanted of [
      ...others.map((other) => `adapters/${other}`),
      'transport',
      'graphql',
      'stores',
    ]) {
      await rm(join(path, 'node_modules/parley/dist', unwanted), { recursive: true, force: true });
    }
    await writeFile(join(path, 'import.mjs'), `await import('parley/${subpath}'); console.log('loaded');`);
    const { stdout } = await run(process.execPath, ['import.mjs'], { cwd: path });
    expect(stdout).toBe('loaded\n');
  });
});

it('has the storage of Strands at its old path, too', async () => {
  const path = await projectWith('strands-both', NEWEST, []);
  const program = `import * as all from 'parley'; import * as one from 'parley/strands';
    console.log(typeof one.createStrandsStorage, all.createStrandsStorage === one.createStrandsStorage);`;
  await writeFile(join(path, 'both.mjs'), program);
  const { stdout } = await run(process.execPath, ['both.mjs'], { cwd: path });
  expect(stdout).toBe('function true\n');
});

describe.skipIf(VERSIONS.length < 2)('messages of LangChain', () => {
  it('come back deep equal with the newest and the oldest version, and each reads what the other has kept', async () => {
    const program = join(ROOT, 'test/adapters/langchain-messages.mjs');
    const printed = new Map<string, unknown>();
    const projects = await Promise.all(
      VERSIONS.map(async ([age, frameworks]) => {
        const path = await projectWith(`messages-${age}`, frameworks, ['@langchain/core']);
        await cp(program, join(path, 'messages.mjs'));
        return { age, path };
      }),
    );
    const print = async (cwd: string, does: string, of: string) => {
      const database = join(folder.path, `messages-${of}.db`);
      const { stdout } = await run(process.execPath, ['messages.mjs', does, database], { cwd });
      return JSON.parse(stdout) as unknown;
    };
    for (const { age, path } of projects) printed.set(age, await print(path, 'keep', age));
    for (const { age, path } of projects) {
      for (const [of, said] of printed) if (of !== age) expect(await print(path, 'read', of)).toEqual(said);
    }
  });
});
