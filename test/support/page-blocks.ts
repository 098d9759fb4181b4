import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { MAIN } from './parley-process.js';

/** The code blocks of a page of docs/ that begin with their file name in a comment, by that name. */
export async function namedBlocks(page: string): Promise<Map<string, string>> {
  const text = await readFile(new URL(`../../docs/${page}`, import.meta.url), 'utf8');
  const found = text.matchAll(/```\w+\n((?:\/\/|#) ([a-z-]+\.[a-z]+)\b[\s\S]*?)```/g);
  return new Map([...found].map(([, code = '', name = '']) => [name, code]));
}

/** The commands of a page: each block for the shell that is no file. */
export async function shellBlocks(page: string): Promise<string[]> {
  const text = await readFile(new URL(`../../docs/${page}`, import.meta.url), 'utf8');
  return [...text.matchAll(/```sh\n(?!# [a-z-]+\.)([\s\S]*?)```/g)].map(([, code = '']) => code);
}

export interface ShellOptions {
  /** Stands in place of the page's own. */
  address?: string;
  cwd?: string;
  env?: Record<string, string>;
}

/** What a command of a page prints, run as a shell does with the program that was built. */
export async function runShell(
  command: string,
  { address = '127.0.0.1:4000', cwd, env }: ShellOptions,
): Promise<string> {
  const text = command.replaceAll('127.0.0.1:4000', address).replaceAll('dist/main.js', MAIN);
  const options = { cwd, env: { PATH: process.env.PATH ?? '', ...env } };
  return (await promisify(execFile)('bash', ['-c', text], options)).stdout;
}
