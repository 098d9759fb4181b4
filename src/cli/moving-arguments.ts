import { COMMON, type Options, parseWords, SETTING_FLAGS, settingsOf, UsageError } from './parse-words.js';

/** Commands on a whole database. `flags` as for serve: they name the database. */
export type MovingCommand =
  | { name: 'backup'; file: string; force: boolean; flags: Record<string, string> }
  | { name: 'doctor'; json: boolean; flags: Record<string, string> };

type Asked = MovingCommand | { name: 'help'; topic: MovingCommand['name'] };

const BACKUP: Options = { ...COMMON, ...SETTING_FLAGS, force: { type: 'boolean' } };
const DOCTOR: Options = { ...COMMON, ...SETTING_FLAGS, json: { type: 'boolean' } };

export function readBackup(words: readonly string[]): Asked {
  const { values, positionals } = parseWords(words, BACKUP);
  if (values.help) return { name: 'help', topic: 'backup' };
  const [file, ...more] = positionals;
  if (file === undefined || file === '' || more.length > 0) {
    throw new UsageError('backup takes one file, where the copy goes');
  }
  return { name: 'backup', file, force: values.force === true, flags: settingsOf(values) };
}

export function readDoctor(words: readonly string[]): Asked {
  const { values, positionals } = parseWords(words, DOCTOR);
  if (values.help) return { name: 'help', topic: 'doctor' };
  if (positionals.length > 0) throw new UsageError(`doctor takes no ${JSON.stringify(positionals[0])}`);
  return { name: 'doctor', json: values.json === true, flags: settingsOf(values) };
}
