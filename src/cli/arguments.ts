import type { NewKey } from '../auth/api-key.js';
import { SCOPES, type Scope } from '../domain/access/policy.js';
import type { KeysCommand } from './keys.js';
import { type MovingCommand, readBackup, readDoctor, readExport, readImport } from './moving-arguments.js';
import {
  COMMON,
  CONFIGURED,
  type Options,
  parseWords,
  refuseOptions,
  refuseWords,
  settingsOf,
  UsageError,
} from './parse-words.js';
import { REACH, readReach } from './read-reach.js';
import { readWebhooks, type WebhooksCommand } from './webhooks-arguments.js';

export { UsageError } from './parse-words.js';

const HELP_TOPICS = [
  'parley',
  'serve',
  'tail',
  'keys',
  'retention',
  'webhooks',
  'backup',
  'export',
  'import',
  'doctor',
] as const;
export type HelpTopic = (typeof HELP_TOPICS)[number];
const isHelpTopic = (word: string): word is HelpTopic => (HELP_TOPICS as readonly string[]).includes(word);

export type Command =
  | { name: 'help'; topic: HelpTopic }
  | MovingCommand
  /** `flags` as for serve. */
  | { name: 'keys'; command: KeysCommand; flags: Record<string, string> }
  /** `flags` as for serve. */
  | { name: 'retention'; dryRun: boolean; flags: Record<string, string> }
  /** `flags` as for serve. */
  | { name: 'webhooks'; command: WebhooksCommand; flags: Record<string, string> }
  | { name: 'version' }
  | { name: 'schema' }
  /** Flags by name, as `readConfig` takes them. */
  | { name: 'serve'; flags: Record<string, string> }
  | {
      name: 'tail';
      sessionId: string;
      url: string;
      agentId: string | null;
      since: Date | null;
      json: boolean;
    };

const SERVE: Options = { ...CONFIGURED, version: { type: 'boolean', short: 'v' } };
const TAIL: Options = {
  ...COMMON,
  url: { type: 'string' },
  agent: { type: 'string' },
  since: { type: 'string' },
  json: { type: 'boolean' },
};

/** What a key is made with. */
const NEW_KEY: Options = {
  name: { type: 'string' },
  scopes: { type: 'string' },
  expires: { type: 'string' },
  ...REACH,
};
const KEYS: Options = { ...CONFIGURED, ...NEW_KEY, json: { type: 'boolean' } };

const DEFAULT_URL = 'http://127.0.0.1:4000/graphql';
const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** What the words after `parley` ask for. `now` is what `--since 10m` counts back from. */
export function readArguments(words: readonly string[], now: Date): Command {
  const [first = 'serve', ...rest] = words;
  if (first.startsWith('-')) return readServe(words, 'parley');
  if (first === 'serve') return readServe(rest, 'serve');
  if (first === 'tail') return readTail(rest, now);
  if (first === 'retention') return readRetention(rest);
  if (first === 'webhooks') return readWebhooks(rest);
  if (first === 'keys') return readKeys(rest, now);
  if (first === 'backup') return readBackup(rest);
  if (first === 'doctor') return readDoctor(rest);
  if (first === 'export') return readExport(rest);
  if (first === 'import') return readImport(rest);
  if (first === 'help') return readHelp(rest);
  if (first === 'version') return { name: 'version' };
  if (first === 'schema') return readSchema(rest);
  throw new UsageError(`there is no command ${JSON.stringify(first)}`);
}

/** `help tail` is `tail --help`. */
function readHelp([topic = 'parley', ...more]: readonly string[]): Command {
  refuseWords('help', more);
  if (!isHelpTopic(topic)) throw new UsageError(`there is no command ${JSON.stringify(topic)}`);
  return { name: 'help', topic };
}

function readServe(words: readonly string[], topic: 'parley' | 'serve'): Command {
  const { values, positionals } = parseWords(words, SERVE);
  if (values.help) return { name: 'help', topic };
  if (values.version) return { name: 'version' };
  refuseWords('serve', positionals);
  return { name: 'serve', flags: settingsOf(values) };
}

function readRetention(words: readonly string[]): Command {
  const { values, positionals } = parseWords(words, { ...CONFIGURED, 'dry-run': { type: 'boolean' } });
  if (values.help) return { name: 'help', topic: 'retention' };
  refuseWords('retention', positionals);
  return { name: 'retention', dryRun: values['dry-run'] === true, flags: settingsOf(values) };
}

function readSchema(words: readonly string[]): Command {
  const { values, positionals } = parseWords(words, COMMON);
  refuseWords('schema', positionals);
  return values.help ? { name: 'help', topic: 'parley' } : { name: 'schema' };
}

function readTail(words: readonly string[], now: Date): Command {
  const { values, positionals } = parseWords(words, TAIL);
  if (values.help) return { name: 'help', topic: 'tail' };
  const [sessionId, ...more] = positionals;
  if (sessionId === undefined || more.length > 0) throw new UsageError('tail takes one session id');
  const { url = DEFAULT_URL, agent = null, since } = values as Record<string, string | undefined>;
  const address = URL.canParse(url) ? new URL(url) : null;
  if (!address || !/^https?:$/.test(address.protocol)) {
    throw new UsageError(`--url takes an address such as ${DEFAULT_URL}`);
  }
  // It would be shown with each try to connect.
  if (address.username !== '' || address.password !== '') {
    throw new UsageError('--url takes no user name and password; put a key or a token into PARLEY_TOKEN');
  }
  return {
    name: 'tail',
    sessionId,
    url,
    agentId: agent,
    since: since === undefined ? null : readSince(since, now),
    json: values.json === true,
  };
}

function readKeys(words: readonly string[], now: Date): Command {
  const { values, positionals } = parseWords(words, KEYS);
  if (values.help) return { name: 'help', topic: 'keys' };
  const { name, scopes, expires, json } = values;
  const flags = settingsOf(values);
  const [action, id, ...more] = positionals;
  refuseWords('keys', more);
  if (action === 'list' || action === 'revoke') refuseOptions(`keys ${action}`, values, Object.keys(NEW_KEY));
  if (action === 'create' || action === 'revoke') refuseOptions(`keys ${action}`, values, ['json']);
  if (action === 'revoke') {
    if (id === undefined) throw new UsageError('keys revoke takes the id of a key');
    return { name: 'keys', command: { action, id }, flags };
  }
  refuseWords(`keys ${action}`, positionals.slice(1));
  if (action === 'list') return { name: 'keys', command: { action, json: json === true }, flags };
  if (action !== 'create') throw new UsageError('keys takes create, list or revoke');
  const key: NewKey = {
    name: readName(name),
    scopes: readScopes(scopes),
    reach: readReach(values),
    expiresAt: typeof expires === 'string' ? readExpiry(expires, now) : null,
  };
  return { name: 'keys', command: { action, key }, flags };
}

function readName(name: unknown): string {
  if (typeof name === 'string' && /^[\x20-\x7e]{1,100}$/.test(name)) return name;
  throw new UsageError('keys create needs --name, 1 to 100 printable characters');
}

function readScopes(text: unknown): Scope[] {
  const words = typeof text === 'string' ? text.split(',').map((word) => word.trim()) : [];
  const unknown = words.find((word) => !(SCOPES as readonly string[]).includes(word));
  if (words.length === 0 || unknown !== undefined) {
    throw new UsageError(`--scopes takes some of ${SCOPES.join(',')}`);
  }
  return SCOPES.filter((scope) => words.includes(scope));
}

function readExpiry(text: string, now: Date): Date {
  const time = readTime(text, now, 1);
  if (time !== null && time > now) return time;
  throw new UsageError('--expires takes a time to come, such as 30d or 2027-01-31T12:00:00Z');
}

function readSince(text: string, now: Date): Date {
  const time = readTime(text, now, -1);
  if (time !== null) return time;
  throw new UsageError('--since takes a time such as 10m, 2h, 1d or 2026-01-31T12:00:00Z');
}

/** As ISO 8601 writes a day, or a moment of one. JavaScript reads much else: `40` as the year 2040. */
const ISO = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?)?$/;

/** JavaScript reads February 30th as March 2nd. */
const isDay = (text: string): boolean => {
  const time = Date.parse(text);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
};

/** `10m`, `2h`, `1d` from now, forwards or backwards; or a date as ISO 8601 writes it. Null for anything else. */
function readTime(text: string, now: Date, direction: 1 | -1): Date | null {
  const [, count, unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const iso = ISO.test(text) && isDay(text.slice(0, 10)) ? Date.parse(text) : Number.NaN;
  const time = new Date(count ? now.getTime() + direction * Number(count) * (UNITS_MS[unit] ?? 0) : iso);
  return Number.isNaN(time.getTime()) ? null : time;
}
