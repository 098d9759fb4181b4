import { type ParseArgsConfig, parseArgs } from 'node:util';
import { flagOf, SETTINGS } from '../config.js';

export type Command =
  | { name: 'help'; topic: 'parley' | 'serve' | 'tail' }
  | { name: 'version' }
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

/** The command line cannot be understood; `message` is one line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

type Options = NonNullable<ParseArgsConfig['options']>;

const COMMON: Options = { help: { type: 'boolean', short: 'h' } };
const SERVE: Options = {
  ...COMMON,
  version: { type: 'boolean', short: 'v' },
  ...Object.fromEntries(
    Object.values(SETTINGS).map(({ variable }) => [flagOf(variable), { type: 'string' }]),
  ),
};
const TAIL: Options = {
  ...COMMON,
  url: { type: 'string' },
  agent: { type: 'string' },
  since: { type: 'string' },
  json: { type: 'boolean' },
};

const DEFAULT_URL = 'http://127.0.0.1:4000/graphql';
const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** What the words after `parley` ask for. `now` is what `--since 10m` counts back from. */
export function readArguments(words: readonly string[], now: Date): Command {
  const [first = 'serve', ...rest] = words;
  if (first.startsWith('-')) return readServe(words, 'parley');
  if (first === 'serve') return readServe(rest, 'serve');
  if (first === 'tail') return readTail(rest, now);
  if (first === 'help') return { name: 'help', topic: 'parley' };
  if (first === 'version') return { name: 'version' };
  throw new UsageError(`there is no command ${JSON.stringify(first)}`);
}

function readServe(words: readonly string[], topic: 'parley' | 'serve'): Command {
  const { values, positionals } = parse(words, SERVE);
  if (values.help) return { name: 'help', topic };
  if (values.version) return { name: 'version' };
  if (positionals.length > 0) throw new UsageError(`serve takes no ${JSON.stringify(positionals[0])}`);
  const flags = Object.entries(values).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return { name: 'serve', flags: Object.fromEntries(flags) };
}

function readTail(words: readonly string[], now: Date): Command {
  const { values, positionals } = parse(words, TAIL);
  if (values.help) return { name: 'help', topic: 'tail' };
  const [sessionId, ...more] = positionals;
  if (sessionId === undefined || more.length > 0) throw new UsageError('tail takes one session id');
  const { url = DEFAULT_URL, agent = null, since } = values as Record<string, string | undefined>;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new UsageError(`--url takes an address such as ${DEFAULT_URL}`);
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

/** `10m`, `2h`, `1d`, or a date as ISO 8601 writes it. */
function readSince(text: string, now: Date): Date {
  const [, count, unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const time = count ? now.getTime() - Number(count) * (UNITS_MS[unit] ?? 0) : Date.parse(text);
  if (Number.isNaN(time))
    throw new UsageError('--since takes a time such as 10m, 2h, 1d or 2026-01-31T12:00:00Z');
  return new Date(time);
}

function parse(words: readonly string[], options: Options) {
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true });
  } catch (error) {
    // Node adds advice in further sentences; what is wrong is in the first.
    const [what = ''] = (error as Error).message.split(/\.\s|\n/);
    throw new UsageError(what.replace(/\.$/, '').replace(/^./, (letter) => letter.toLowerCase()));
  }
}
