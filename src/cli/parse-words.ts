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
    const parsed = parseArgs({ args: [...words], options, allowPositionals: true, tokens: true });
    refuseTwice(parsed.tokens, options);
    return parsed;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    // Node adds advice in further sentences; what is wrong is in the first.
    const [what = ''] = (error as Error).message.split(/\.\s|\n/);
    throw new UsageError(what.replace(/\.$/, '').replace(/^./, (letter) => letter.toLowerCase()));
  }
}

/** Of two the last would count: a limit would be lost. A setting may be given again, as a script does behind its own. */
function refuseTwice(tokens: readonly { kind: string; name?: string }[], options: Options): void {
  const given = new Set<string>();
  for (const { name } of tokens) {
    if (name === undefined) continue;
    if (
      given.has(name) &&
      options[name]?.type === 'string' &&
      !options[name].multiple &&
      !(name in SETTING_FLAGS)
    )
      throw new UsageError(`option '--${name}' is given twice`);
    given.add(name);
  }
}

/** Throws where an option is given that has no meaning for this. */
export function refuseOptions(command: string, values: object, names: readonly string[]): void {
  const given = names.find((name) => name in values);
  if (given !== undefined) throw new UsageError(`${command} takes no --${given}`);
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
