import { JWT_ALGORITHMS } from './auth/jwt-algorithms.js';
import {
  claimMatch,
  commaList,
  either,
  filePath,
  headerName,
  hostName,
  integer,
  list,
  metadataPaths,
  modulePath,
  mongoCollection,
  mongoDatabase,
  mongoUri,
  oneOf,
  optional,
  type Setting,
  setting,
  someOf,
  sqlitePath,
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

/** Everything that can be set: variables, flags, checks and help all come from this table, which is why the file is long. */
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
    parse: someOf(commaList(oneOf(JWT_ALGORITHMS)), `it takes some of ${JWT_ALGORITHMS.join(', ')}`),
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
