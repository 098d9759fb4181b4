import {
  commaList,
  hostName,
  integer,
  metadataPaths,
  modulePath,
  mongoCollection,
  mongoDatabase,
  mongoUri,
  oneOf,
  type Parse,
  sqlitePath,
  WrongValue,
  webOrigin,
} from './config-values.js';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** What a server is run with: checked, complete and frozen. */
export interface Config {
  /** Null: the sessions are in the SQLite file. May hold credentials. */
  readonly mongodbUri: string | null;
  readonly mongodbDatabase: string;
  readonly mongodbCollection: string;
  readonly sqlitePath: string;
  readonly sqliteSynchronous: 'FULL' | 'NORMAL';
  readonly metadataIndexes: readonly string[];
  readonly indexes: 'create' | 'check' | 'off';
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly maxBodyBytes: number;
  /** As browsers send them: `https://app.example.org`. */
  readonly allowedOrigins: readonly string[];
  /** Lower case, without a port. */
  readonly allowedHosts: readonly string[];
  /** A module with hooks around metadata and feedback; null: none. */
  readonly hooks: string | null;
  readonly logLevel: (typeof LOG_LEVELS)[number];
}

/** One variable, and the flag that mirrors it. */
export interface Setting<T> {
  readonly variable: string;
  /** As it would be written; undefined: the setting is off. */
  readonly fallback: string | undefined;
  readonly unset: T;
  readonly parse: Parse<T>;
  /** One line, for the help and the documentation. */
  readonly meaning: string;
  /** Never echoed, not even when it is wrong. */
  readonly secret?: true;
}

const NONE: readonly string[] = Object.freeze([]);

/** Everything that can be set: variables, flags, checks and help all come from this table. */
export const SETTINGS: { readonly [K in keyof Config]: Setting<Config[K]> } = {
  mongodbUri: {
    variable: 'MONGODB_URI',
    fallback: undefined,
    unset: null,
    parse: mongoUri,
    meaning: 'MongoDB in place of the SQLite file',
    secret: true,
  },
  mongodbDatabase: setting('MONGODB_DATABASE', 'parley', mongoDatabase, 'its database'),
  mongodbCollection: setting('MONGODB_COLLECTION', 'sessions', mongoCollection, 'its collection'),
  sqlitePath: setting('SQLITE_PATH', './data/parley.db', sqlitePath, 'the SQLite file; folders are made'),
  sqliteSynchronous: setting(
    'SQLITE_SYNCHRONOUS',
    'FULL',
    oneOf(['FULL', 'NORMAL']),
    'NORMAL is faster and survives a crash, but not a power cut',
  ),
  metadataIndexes: list('METADATA_INDEXES', metadataPaths, 'metadata paths to index, such as user.id,topic'),
  indexes: setting('INDEXES', 'create', oneOf(['create', 'check', 'off']), 'MongoDB: create, check or off'),
  host: setting('HOST', '127.0.0.1', hostName, 'address to listen on'),
  port: setting('PORT', '4000', integer(0, 65_535), 'port; 0 takes a free one'),
  maxBodyBytes: setting(
    'MAX_BODY_BYTES',
    '8388608',
    integer(1_024, 268_435_456),
    'largest request body and WebSocket frame',
  ),
  allowedOrigins: list(
    'ALLOWED_ORIGINS',
    commaList(webOrigin),
    'web origins that may call, such as https://app.example.org',
  ),
  allowedHosts: list('ALLOWED_HOSTS', commaList(hostName), 'further Host names that the server answers to'),
  hooks: {
    variable: 'HOOKS',
    fallback: undefined,
    unset: null,
    parse: modulePath,
    meaning: 'a module that exports metadataHook or feedbackHook, such as ./hooks.js',
  },
  logLevel: setting(
    'LOG_LEVEL',
    'info',
    oneOf(LOG_LEVELS),
    'trace, debug, info, warn, error, fatal or silent',
  ),
};

/** `name` is the variable or the flag that was given; `value` is as it may be shown. */
export interface ConfigProblem {
  readonly name: string;
  readonly value: string;
  readonly expected: string;
}

/** Every wrong setting at once, one on each line of `message`. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(({ name, value, expected }) => `${name} is ${value}, but ${expected}.`).join('\n'));
    this.problems = problems;
  }
}

/** `SQLITE_PATH` is `sqlite-path` on the command line. */
export const flagOf = (variable: string) => variable.toLowerCase().replaceAll('_', '-');

/**
 * The configuration that `env` and `flags` (by name without dashes, which win) describe. An empty variable counts as
 * unset. Throws a ConfigError with everything that is wrong.
 */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
  flags: Readonly<Record<string, string | undefined>> = {},
): Config {
  const problems: ConfigProblem[] = [];
  const read = <T>({ variable, fallback, unset, parse, secret }: Setting<T>): T => {
    const flag = flags[flagOf(variable)];
    const given = flag ?? (env[variable] || undefined);
    try {
      const text = given ?? fallback;
      return text === undefined ? unset : parse(text);
    } catch (error) {
      if (!(error instanceof WrongValue) || given === undefined) throw error;
      const name = flag === undefined ? variable : `--${flagOf(variable)}`;
      problems.push({ name, value: secret ? withoutSecret(given) : shown(given), expected: error.message });
      return unset;
    }
  };
  const config: Config = {
    mongodbUri: read(SETTINGS.mongodbUri),
    mongodbDatabase: read(SETTINGS.mongodbDatabase),
    mongodbCollection: read(SETTINGS.mongodbCollection),
    sqlitePath: read(SETTINGS.sqlitePath),
    sqliteSynchronous: read(SETTINGS.sqliteSynchronous),
    metadataIndexes: read(SETTINGS.metadataIndexes),
    indexes: read(SETTINGS.indexes),
    host: read(SETTINGS.host),
    port: read(SETTINGS.port),
    maxBodyBytes: read(SETTINGS.maxBodyBytes),
    allowedOrigins: read(SETTINGS.allowedOrigins),
    allowedHosts: read(SETTINGS.allowedHosts),
    hooks: read(SETTINGS.hooks),
    logLevel: read(SETTINGS.logLevel),
  };
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(config);
}

function setting<T>(variable: string, fallback: string, parse: Parse<T>, meaning: string): Setting<T> {
  return { variable, fallback, unset: parse(fallback), parse, meaning };
}

function list(
  variable: string,
  parse: Parse<readonly string[]>,
  meaning: string,
): Setting<readonly string[]> {
  return { variable, fallback: undefined, unset: NONE, parse, meaning };
}

/** A value put into the wrong variable may be a URI too: what stands before its @ is never shown. */
function shown(value: string): string {
  const masked = value.replace(/:\/\/.*@/s, '://…@');
  return JSON.stringify(masked.length > 80 ? `${masked.slice(0, 80)}…` : masked);
}

function withoutSecret(value: string): string {
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(value)?.[0];
  return scheme ? `"${scheme}…"` : 'set (not shown)';
}
