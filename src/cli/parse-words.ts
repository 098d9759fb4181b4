import { type ParseArgsConfig, parseArgs } from 'node:util';
import { flagOf, SETTINGS } from '../config.js';

/** The command line cannot be understood; `message` is one line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export type Options = NonNullable<ParseArgsConfig['options']>;

export const COMMON: Options = { help: { type: 'boolean', short: 'h' } };

/** Every setting as a flag. */
const SETTING_FLAGS: Options = Object.fromEntries(
  Object.values(SETTINGS).map(({ variable }) => [flagOf(variable), { type: 'string' }]),
);

/** Of each command that reads the configuration. */
export const CONFIGURED: Options = { ...COMMON, ...SETTING_FLAGS };

export function parseWords(words: readonly string[], options: Options) {
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true });
  } catch (error) {
    // Node adds advice in further sentences; what is wrong is in the first.
    const [what = ''] = (error as Error).message.split(/\.\s|\n/);
    throw new UsageError(what.replace(/\.$/, '').replace(/^./, (letter) => letter.toLowerCase()));
  }
}

/** Throws where a word is left that the command has no use for. */
export function refuseWords(command: string, [word]: readonly string[]): void {
  if (word !== undefined) throw new UsageError(`${command} takes no ${JSON.stringify(word)}`);
}

/** Of what was given, the settings: flags by name, as `readConfig` takes them. */
export function settingsOf(values: Readonly<Record<string, unknown>>): Record<string, string> {
  const given = Object.entries(values).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string' && entry[0] in SETTING_FLAGS,
  );
  return Object.fromEntries(given);
}
