import { readFile } from 'node:fs/promises';
import { ConfigError } from '../config.js';
import { isJsonObject } from '../domain/json/json-value.js';
import { findLossyNumber } from '../domain/json/written-numbers.js';

/** What `parse` makes of the file that a variable names. ConfigError, which says what of its `content` is wrong. */
export async function loadListed<T>(
  { variable, path, content }: { variable: string; path: string; content: string },
  parse: (text: string) => T,
): Promise<T> {
  try {
    return parse(await readFile(path, 'utf8'));
  } catch (error) {
    const expected = `its ${content} cannot be used: ${(error as Error).message.replace(/\.$/, '')}`;
    throw new ConfigError([{ name: variable, value: JSON.stringify(path), expected }]);
  }
}

/** The objects that are listed, each parsed. `text` they were read from; `several` with an example. Throws an Error with one sentence. */
export function parseListed<T>(
  { text, listed, most }: { text: string; listed: unknown; most: number },
  { one, several }: { one: string; several: string },
  parse: (given: object) => T,
): T[] {
  if (!Array.isArray(listed) || listed.length === 0 || listed.length > most) {
    throw new Error(`they are a JSON list of 1 to ${most} ${several}`);
  }
  const lossy = findLossyNumber(text);
  if (lossy) throw new Error(`the last digits of the number ${lossy.digits} would be lost; write it as text`);
  return listed.map((given: unknown, index) => {
    try {
      if (!isJsonObject(given)) throw new Error('it is no object');
      return parse(given);
    } catch (error) {
      throw new Error(`${one} ${index + 1}: ${(error as Error).message}`);
    }
  });
}
