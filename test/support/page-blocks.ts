import { readFile } from 'node:fs/promises';

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
