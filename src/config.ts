import { JWT_ALGORITHMS } from './auth/jwt-algorithms.js';
import {
  claimMatch,
  commaList,
  either,
  filePath,
  headerName,
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
  webUrl,
  word,
} from './config-values.js';
import { allowedTarget } from './operate/webhooks/targets.js';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

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
  /** Bytes of the database that one operation may read. */
  readonly maxReadBytes: number;
  /** As browsers send them: `https://app.example.org`. */
  readonly allowedOrigins: readonly string[];
  /** Lower case, without a port. */
  readonly allowedHosts: readonly string[];
  /** Headers that their pages may send beside those of GraphQL clients, in lower case. */
  readonly allowedHeaders: readonly string[];
  /** Seconds that a connection without a request stays open. */
  readonly keepAliveTimeout: number;
  /** In seconds; 0: none. */
  readonly pingInterval: number;
  /** Null: no identity provider. */
  readonly jwtIssuer: string | null;
  /** `*`: any, which is only right where the issuer serves Parley alone. */
  readonly jwtAudience: string | null;
  /** Null: beside the issuer. */
  readonly jwtJwksUrl: string | null;
  readonly jwtAlgorithms: readonly string[];
  readonly jwtScopeClaim: string;
  /** Metadata path to claim. */
  readonly jwtMatch: Readonly<Record<string, string>>;
  readonly jwtApplicationClaim: string | null;
  /** Whether an address that others reach may be listened on without asking for credentials. */
  readonly allowUnauthenticated: boolean;
  readonly auditDays: number;
  /** A file of rules in JSON (operate/retention-rules.ts); null: everything is kept. */
  readonly retentionRules: string | null;
  /** A file of endpoints in JSON (operate/webhooks/endpoints.ts); null: nothing is sent. */
  readonly webhooks: string | null;
  /** Names, addresses and ranges that webhooks may be sent to though they are private. */
  readonly webhookAllowPrivate: readonly string[];
  readonly introspection: boolean;
  /** Whether the console is served to browsers. */
  readonly console: boolean;
  /** A manifest of the only operations that run; null: any may. */
  readonly operations: string | null;
  /** Operations a second, of one key or one address; 0: any number. */
  readonly rateLimit: number;
  /** Files in PEM; both or neither. */
  readonly tlsCert: string | null;
  readonly tlsKey: string | null;
  /** The port of a listener for the metrics alone, which asks for no credential; null: `/metrics` beside `/graphql`. */
  readonly metricsPort: number | null;
  readonly metricsHost: string;
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
  maxReadBytes: setting(
    'MAX_READ_BYTES',
    '33554432',
    integer(1_048_576, 1_073_741_824),
    'bytes of the database that one operation may read',
  ),
  allowedOrigins: list(
    'ALLOWED_ORIGINS',
    commaList(webOrigin),
    'web origins that may call, such as https://app.example.org',
  ),
  allowedHosts: list(
    'ALLOWED_HOSTS',
    commaList(hostName),
    'Host names that the server answers to, beside loopback; on another address unset: any',
  ),
  allowedHeaders: list(
    'ALLOWED_HEADERS',
    commaList(headerName),
    'further headers that pages of ALLOWED_ORIGINS may send, such as x-request-id',
  ),
  keepAliveTimeout: setting(
    'KEEP_ALIVE_TIMEOUT',
    '75',
    integer(1, 3_600),
    'seconds that a connection without a request stays open; longer than a load balancer keeps it',
  ),
  pingInterval: setting(
    'PING_INTERVAL',
    '25',
    integer(0, 3_600),
    'seconds between two ping messages on each socket, for clients that count messages; 0: none',
  ),
  jwtIssuer: optional(
    'JWT_ISSUER',
    webUrl,
    'the identity provider whose tokens are taken, such as https://id.example.org',
  ),
  jwtAudience: optional('JWT_AUDIENCE', word, 'the audience that its tokens must name; * takes any'),
  jwtJwksUrl: optional(
    'JWT_JWKS_URL',
    webUrl,
    'its keys; .well-known/jwks.json below the issuer where unset',
  ),
  jwtAlgorithms: {
    variable: 'JWT_ALGORITHMS',
    fallback: 'RS256,ES256,EdDSA',
    unset: ['RS256', 'ES256', 'EdDSA'],
    parse: commaList(oneOf(JWT_ALGORITHMS)),
    meaning: 'the signatures that are taken',
  },
  jwtScopeClaim: setting('JWT_SCOPE_CLAIM', 'scope', word, 'the claim with the scopes'),
  jwtMatch: {
    variable: 'JWT_MATCH',
    fallback: undefined,
    unset: Object.freeze({}),
    parse: claimMatch,
    meaning: 'metadata that must equal a claim, such as user.id=sub',
  },
  jwtApplicationClaim: optional(
    'JWT_APPLICATION_CLAIM',
    word,
    'the claim with the application that a token is limited to',
  ),
  allowUnauthenticated: setting(
    'ALLOW_UNAUTHENTICATED',
    'false',
    either('true', 'false'),
    'true: another address than loopback may be open to everyone',
  ),
  auditDays: setting('AUDIT_DAYS', '90', integer(1, 36_500), 'how long the audit is kept'),
  retentionRules: optional(
    'RETENTION_RULES',
    filePath,
    'a file of rules in JSON: how long sessions are kept; unset: for ever',
  ),
  webhooks: optional(
    'WEBHOOKS',
    filePath,
    'a file of endpoints in JSON, to which events are sent; unset: to none',
  ),
  webhookAllowPrivate: list(
    'WEBHOOK_ALLOW_PRIVATE',
    commaList(allowedTarget),
    'names, addresses and ranges that events may be sent to though they are private, and without TLS',
  ),
  introspection: setting('INTROSPECTION', 'on', either('on', 'off'), 'off: the schema cannot be asked for'),
  console: setting('CONSOLE', 'on', either('on', 'off'), 'off: no console in the browser'),
  operations: optional('OPERATIONS', filePath, 'a manifest of the only operations that run, in JSON'),
  rateLimit: setting(
    'RATE_LIMIT',
    '0',
    integer(0, 1_000_000),
    'operations a second that one key or address may send, with those of the session tokens that it made; 0: any',
  ),
  tlsCert: optional('TLS_CERT', filePath, 'a certificate chain in PEM, for HTTPS; with TLS_KEY'),
  tlsKey: optional('TLS_KEY', filePath, 'its private key in PEM'),
  metricsPort: {
    variable: 'METRICS_PORT',
    fallback: undefined,
    unset: null,
    parse: integer(0, 65_535),
    meaning: 'a port for the metrics alone, open to whoever reaches it; unset: /metrics beside /graphql',
  },
  metricsHost: setting('METRICS_HOST', '127.0.0.1', hostName, 'address of that port'),
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
    maxReadBytes: read(SETTINGS.maxReadBytes),
    allowedOrigins: read(SETTINGS.allowedOrigins),
    allowedHosts: read(SETTINGS.allowedHosts),
    allowedHeaders: read(SETTINGS.allowedHeaders),
    keepAliveTimeout: read(SETTINGS.keepAliveTimeout),
    pingInterval: read(SETTINGS.pingInterval),
    jwtIssuer: read(SETTINGS.jwtIssuer),
    jwtAudience: read(SETTINGS.jwtAudience),
    jwtJwksUrl: read(SETTINGS.jwtJwksUrl),
    jwtAlgorithms: read(SETTINGS.jwtAlgorithms),
    jwtScopeClaim: read(SETTINGS.jwtScopeClaim),
    jwtMatch: read(SETTINGS.jwtMatch),
    jwtApplicationClaim: read(SETTINGS.jwtApplicationClaim),
    allowUnauthenticated: read(SETTINGS.allowUnauthenticated),
    auditDays: read(SETTINGS.auditDays),
    retentionRules: read(SETTINGS.retentionRules),
    webhooks: read(SETTINGS.webhooks),
    webhookAllowPrivate: read(SETTINGS.webhookAllowPrivate),
    introspection: read(SETTINGS.introspection),
    console: read(SETTINGS.console),
    operations: read(SETTINGS.operations),
    rateLimit: read(SETTINGS.rateLimit),
    tlsCert: read(SETTINGS.tlsCert),
    tlsKey: read(SETTINGS.tlsKey),
    metricsPort: read(SETTINGS.metricsPort),
    metricsHost: read(SETTINGS.metricsHost),
    hooks: read(SETTINGS.hooks),
    logLevel: read(SETTINGS.logLevel),
  };
  problems.push(...contradictions(config));
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(config);
}

/** What is right on its own and makes no sense together. */
function contradictions({
  jwtIssuer,
  jwtAudience,
  jwtJwksUrl,
  jwtMatch,
  jwtApplicationClaim,
  tlsCert,
  tlsKey,
}: Config) {
  const needIssuer = [
    ['JWT_AUDIENCE', jwtAudience],
    ['JWT_JWKS_URL', jwtJwksUrl],
    ['JWT_MATCH', Object.keys(jwtMatch)[0] ?? null],
    ['JWT_APPLICATION_CLAIM', jwtApplicationClaim],
  ] as const;
  const problems: ConfigProblem[] = needIssuer.flatMap(([name, value]) =>
    value === null || jwtIssuer !== null ? [] : [{ name, value: 'set', expected: 'JWT_ISSUER is not' }],
  );
  if (jwtIssuer !== null && jwtAudience === null) {
    const expected =
      'JWT_AUDIENCE is not: tokens that it gives for other services would be taken. Name the audience of Parley’s own, or set * where the issuer serves Parley alone';
    problems.push({ name: 'JWT_ISSUER', value: 'set', expected });
  }
  if ((tlsCert === null) !== (tlsKey === null)) {
    const [name, other] = tlsCert === null ? ['TLS_KEY', 'TLS_CERT'] : ['TLS_CERT', 'TLS_KEY'];
    problems.push({ name, value: 'set', expected: `${other} is not` });
  }
  return problems;
}

function optional(variable: string, parse: Parse<string>, meaning: string): Setting<string | null> {
  return { variable, fallback: undefined, unset: null, parse, meaning };
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
