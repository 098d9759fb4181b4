import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MODULES = join(ROOT, 'node_modules');

/** What the library on a database loads, with the types of Node: of GraphQL and of WebSockets nothing. */
const LOADED = ['pino', 'mongodb', 'better-sqlite3', 'dataloader', '@types'].map((name) =>
  join(MODULES, name),
);
/** What the client on a server loads beside it. */
export const LOADED_BY_CLIENT = ['graphql', 'graphql-ws', 'ws'].map((name) => join(MODULES, name));

export interface PackedPackage {
  /** The paths of its files. */
  files: string[];
  /** Into an empty project in this folder; what it loads lies in this checkout. `modules`: folders of others that the project has, if they exist. */
  install(project: string, modules?: readonly string[]): Promise<void>;
}

/** The package as npm packs it, once it is built; into this folder. */
export async function packParley(folder: string): Promise<PackedPackage> {
  const options = ['--json', '--ignore-scripts', '--pack-destination', folder];
  const { stdout } = await run('npm', ['pack', ...options], { cwd: ROOT });
  const [{ filename, files }] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }];
  return {
    files: files.map(({ path }) => path),
    async install(project, modules = []) {
      const parley = join(project, 'node_modules/parley');
      await mkdir(parley, { recursive: true });
      await run('tar', ['-xzf', join(folder, filename), '-C', parley, '--strip-components=1']);
      for (const target of [...LOADED, ...modules]) {
        const link = join(project, 'node_modules', target.split('node_modules/').at(-1) as string);
        await mkdir(join(link, '..'), { recursive: true });
        if (existsSync(target)) await symlink(target, link);
      }
      await writeFile(join(project, 'package.json'), '{"type": "module", "private": true}');
    },
  };
}
