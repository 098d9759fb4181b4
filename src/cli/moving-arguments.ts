import type { Reach } from '../domain/access/policy.js';
import { CONFIGURED, type Options, parseWords, refuseWords, settingsOf, UsageError } from './parse-words.js';
import { REACH, readReach } from './read-reach.js';

/** Commands on a whole database. `flags` as for serve: they name the database. */
export type MovingCommand =
  | { name: 'backup'; file: string; force: boolean; flags: Record<string, string> }
  | {
      name: 'export';
      file: string;
      resume: boolean;
      secrets: boolean;
      reach: Reach;
      flags: Record<string, string>;
    }
  | { name: 'import'; file: string; check: boolean; flags: Record<string, string> }
  | { name: 'doctor'; json: boolean; flags: Record<string, string> };

type Asked = MovingCommand | { name: 'help'; topic: MovingCommand['name'] };

const BACKUP: Options = { ...CONFIGURED, force: { type: 'boolean' } };
const DOCTOR: Options = { ...CONFIGURED, json: { type: 'boolean' } };

const EXPORT: Options = {
  ...CONFIGURED,
  ...REACH,
  resume: { type: 'boolean' },
  secrets: { type: 'boolean' },
};
const IMPORT: Options = { ...CONFIGURED, check: { type: 'boolean' } };

export function readExport(words: readonly string[]): Asked {
  const { values, positionals } = parseWords(words, EXPORT);
  if (values.help) return { name: 'help', topic: 'export' };
  const file = oneFile(positionals, 'export takes one file, where the sessions go');
  return {
    name: 'export',
    file,
    resume: values.resume === true,
    secrets: values.secrets === true,
    reach: readReach(values),
    flags: settingsOf(values),
  };
}

export function readImport(words: readonly string[]): Asked {
  const { values, positionals } = parseWords(words, IMPORT);
  if (values.help) return { name: 'help', topic: 'import' };
  const file = oneFile(positionals, 'import takes one file, which parley export has written');
  return { name: 'import', file, check: values.check === true, flags: settingsOf(values) };
}

function oneFile([file, ...more]: readonly string[], expected: string): string {
  if (file === undefined || file === '' || more.length > 0) throw new UsageError(expected);
  // Elsewhere it means a pipe; here it would be a file of this name, and the pipe empty.
  if (file === '-') throw new UsageError(`${expected}; "-" is none, as what is stopped goes on in its file`);
  return file;
}

export function readBackup(words: readonly string[]): Asked {
  const { values, positionals } = parseWords(words, BACKUP);
  if (values.help) return { name: 'help', topic: 'backup' };
  const file = oneFile(positionals, 'backup takes one file, where the copy goes');
  return { name: 'backup', file, force: values.force === true, flags: settingsOf(values) };
}

export function readDoctor(words: readonly string[]): Asked {
  const { values, positionals } = parseWords(words, DOCTOR);
  if (values.help) return { name: 'help', topic: 'doctor' };
  refuseWords('doctor', positionals);
  return { name: 'doctor', json: values.json === true, flags: settingsOf(values) };
}
