import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError, flagOf, SETTINGS } from '../../src/config.js';
import { readConfig } from '../../src/read-config.js';

function problemsOf(env: Record<string, string>, flags: Record<string, string> = {}) {
  try {
    readConfig(env, flags);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

describe('configuration', () => {
  it('runs with nothing set', () => {
    expect(readConfig({})).toEqual({
      mongodbUri: null,
      mongodbDatabase: 'parley',
      mongodbCollection: 'sessions',
      sqlitePath: './data/parley.db',
      sqliteSynchronous: 'FULL',
      metadataIndexes: [],
      indexes: 'create',
      host: '127.0.0.1',
      port: 4000,
      maxBodyBytes: 8 * 1024 * 1024,
      maxReadBytes: 33_554_432,
      allowedOrigins: [],
      allowedHosts: [],
      allowedHeaders: [],
      keepAliveTimeout: 75,
      pingInterval: 25,
      jwtIssuer: null,
      jwtAudience: null,
      jwtJwksUrl: null,
      jwtAlgorithms: ['RS256', 'ES256', 'EdDSA'],
      jwtScopeClaim: 'scope',
      jwtMatch: {},
      jwtApplicationClaim: null,
      allowUnauthenticated: false,
      auditDays: 90,
      retentionRules: null,
      webhooks: null,
      webhookAllowPrivate: [],
      introspection: true,
      console: true,
      operations: null,
      rateLimit: 0,
      tlsCert: null,
      tlsKey: null,
      metricsPort: null,
      metricsHost: '127.0.0.1',
      hooks: null,
      logLevel: 'info',
    });
  });

  it('is frozen, its lists too', () => {
    const config = readConfig({ METADATA_INDEXES: 'topic' });
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.metadataIndexes)).toBe(true);
    expect(Object.isFrozen(config.allowedHosts)).toBe(true);
  });

  it('reads every variable', () => {
    const env = {
      MONGODB_URI: 'mongodb://user:p%40ss@a.example:27017,b.example/?replicaSet=rs0',
      MONGODB_DATABASE: 'agents',
      MONGODB_COLLECTION: 'conversations',
      SQLITE_PATH: '/var/lib/parley/p.db',
      SQLITE_SYNCHRONOUS: 'normal',
      METADATA_INDEXES: 'user.id, topic,,user.id',
      INDEXES: 'check',
      HOST: '[::1]',
      PORT: '0',
      MAX_BODY_BYTES: '1024',
      MAX_READ_BYTES: '1048576',
      ALLOWED_ORIGINS: 'https://App.example.org, http://localhost:3000',
      ALLOWED_HOSTS: 'Parley.internal',
      ALLOWED_HEADERS: 'X-Request-Id,',
      KEEP_ALIVE_TIMEOUT: '300',
      PING_INTERVAL: '0',
      JWT_ISSUER: 'https://id.example.org/',
      JWT_AUDIENCE: 'parley',
      JWT_JWKS_URL: 'https://id.example.org/keys',
      JWT_ALGORITHMS: 'es256',
      JWT_SCOPE_CLAIM: 'scp',
      JWT_MATCH: 'user.id =sub, team=org',
      JWT_APPLICATION_CLAIM: 'app',
      ALLOW_UNAUTHENTICATED: 'true',
      AUDIT_DAYS: '7',
      RETENTION_RULES: './retention.json',
      WEBHOOKS: './webhooks.json',
      WEBHOOK_ALLOW_PRIVATE: 'CRM.internal, 10.0.0.0/8',
      INTROSPECTION: 'off',
      CONSOLE: 'off',
      OPERATIONS: './operations.json',
      RATE_LIMIT: '100',
      TLS_CERT: './cert.pem',
      TLS_KEY: './key.pem',
      METRICS_PORT: '9464',
      METRICS_HOST: '::1',
      HOOKS: './hooks.js',
      LOG_LEVEL: 'WARN',
    };
    expect(Object.keys(env).sort()).toEqual(
      Object.values(SETTINGS)
        .map((s) => s.variable)
        .sort(),
    );
    expect(readConfig(env)).toEqual({
      mongodbUri: env.MONGODB_URI,
      mongodbDatabase: 'agents',
      mongodbCollection: 'conversations',
      sqlitePath: '/var/lib/parley/p.db',
      sqliteSynchronous: 'NORMAL',
      metadataIndexes: ['user.id', 'topic'],
      indexes: 'check',
      host: '::1',
      port: 0,
      maxBodyBytes: 1024,
      maxReadBytes: 1_048_576,
      allowedOrigins: ['https://app.example.org', 'http://localhost:3000'],
      allowedHosts: ['parley.internal'],
      allowedHeaders: ['x-request-id'],
      keepAliveTimeout: 300,
      pingInterval: 0,
      jwtIssuer: 'https://id.example.org/',
      jwtAudience: 'parley',
      jwtJwksUrl: 'https://id.example.org/keys',
      jwtAlgorithms: ['ES256'],
      jwtScopeClaim: 'scp',
      jwtMatch: { 'user.id': 'sub', team: 'org' },
      jwtApplicationClaim: 'app',
      allowUnauthenticated: true,
      auditDays: 7,
      retentionRules: './retention.json',
      webhooks: './webhooks.json',
      webhookAllowPrivate: ['crm.internal', '10.0.0.0/8'],
      introspection: false,
      console: false,
      operations: './operations.json',
      rateLimit: 100,
      tlsCert: './cert.pem',
      tlsKey: './key.pem',
      metricsPort: 9464,
      metricsHost: '::1',
      hooks: './hooks.js',
      logLevel: 'warn',
    });
  });

  it('takes an empty variable for an unset one', () => {
    const empty = Object.fromEntries(Object.values(SETTINGS).map(({ variable }) => [variable, '']));
    expect(readConfig(empty)).toEqual(readConfig({}));
  });

  it('lets a flag win over its variable', () => {
    expect(readConfig({ PORT: '1' }, { port: '2' }).port).toBe(2);
  });

  it('reports every wrong setting at once, by the name it was given under, with what would be right', () => {
    const { problems, message } = problemsOf(
      {
        MONGODB_DATABASE: 'a b',
        MONGODB_COLLECTION: 'system.users',
        SQLITE_PATH: ':memory:',
        SQLITE_SYNCHRONOUS: 'OFF',
        METADATA_INDEXES: 'user..id',
        INDEXES: 'yes',
        HOST: 'http://localhost',
        MAX_BODY_BYTES: '8MiB',
        MAX_READ_BYTES: '32MiB',
        ALLOWED_ORIGINS: 'app.example.org',
        ALLOWED_HOSTS: 'parley.internal:4000',
        ALLOWED_HEADERS: 'x y',
        KEEP_ALIVE_TIMEOUT: '0',
        PING_INTERVAL: '-1',
        JWT_ISSUER: 'id.example.org',
        JWT_AUDIENCE: 'a b',
        JWT_JWKS_URL: 'https://user:hunter2@id.example.org/keys',
        JWT_ALGORITHMS: 'HS256',
        JWT_SCOPE_CLAIM: 'a b',
        JWT_MATCH: 'user.id',
        JWT_APPLICATION_CLAIM: 'a b',
        ALLOW_UNAUTHENTICATED: 'yes',
        AUDIT_DAYS: '0',
        RETENTION_RULES: 'https://rules',
        WEBHOOKS: 'https://webhooks',
        WEBHOOK_ALLOW_PRIVATE: '10.20.0.0/40',
        INTROSPECTION: 'no',
        CONSOLE: 'yes',
        OPERATIONS: 'https://x',
        RATE_LIMIT: '-1',
        TLS_CERT: 'https://cert',
        TLS_KEY: 'https://key',
        METRICS_PORT: '-1',
        METRICS_HOST: 'http://localhost',
        HOOKS: './hooks',
        LOG_LEVEL: 'loud',
        MONGODB_URI: 'localhost:27017',
      },
      { port: '70000' },
    );
    expect(problems.map(({ name }) => name).sort()).toEqual(
      [
        ...Object.values(SETTINGS)
          .map(({ variable }) => variable)
          .filter((v) => v !== 'PORT'),
        '--port',
      ].sort(),
    );
    const lines = message.split('\n');
    expect(lines).toHaveLength(problems.length);
    expect(lines).toContain('--port is "70000", but it takes a whole number from 0 to 65535.');
    expect(lines).toContain(
      'WEBHOOK_ALLOW_PRIVATE is "10.20.0.0/40", but it takes names, addresses and ranges, such as crm.internal or 10.20.0.0/16.',
    );
    expect(lines).toContain('INDEXES is "yes", but it takes one of create, check, off.');
    expect(lines).toContain(
      'METADATA_INDEXES is "user..id", but it takes dotted paths between commas, such as user.id,topic (Metadata path "user..id": segment 2 ("") is empty).',
    );
  });

  it.each([
    'mongodb://admin:hunter2@',
    'mongodb://admin:hunter2',
    'mongodb://admin:hunter2/x@db7',
    'mongodb://admin:hun@hunter2@db7',
    'mongo://admin:hunter2@db7',
    'admin:hunter2@db7',
    'hunter2',
  ])('shows no part of a wrong MONGODB_URI but its scheme: %s', (uri) => {
    const { message } = problemsOf({ MONGODB_URI: uri });
    expect(message).toContain('MONGODB_URI is ');
    expect(message).not.toMatch(/hun|admin|db7/);
  });

  it('shows no credentials of a URI in the wrong variable', () => {
    const uri = 'mongodb://admin:hunter2@db7';
    const wrong = Object.values(SETTINGS)
      .map(({ variable }) => variable)
      .filter((variable) => !['MONGODB_URI', 'METADATA_INDEXES'].includes(variable));
    const { problems, message } = problemsOf(Object.fromEntries(wrong.map((variable) => [variable, uri])));
    expect(problems.map(({ name }) => name).sort()).toEqual([...wrong].sort());
    expect(message).not.toMatch(/hunter2|admin/);
  });

  it.each([
    ['user.id=sub,user.id=org', 'Metadata path "user.id": is named twice'],
    ['user=sub,user.id=org', 'Metadata path "user.id": lies inside "user", which is named with it'],
    ['=sub', 'Metadata path "": segment 1 ("") is empty'],
  ])('refuses %j as JWT_MATCH, of which a limit would be lost, or never hold', (match, why) => {
    const { message } = problemsOf({ JWT_ISSUER: 'https://id', JWT_AUDIENCE: '*', JWT_MATCH: match });
    expect(message).toBe(
      `JWT_MATCH is ${JSON.stringify(match)}, but it takes metadata paths and claims, such as user.id=sub,team=org (${why}).`,
    );
  });

  it('takes no list of algorithms without any', () => {
    const env = { JWT_ISSUER: 'https://id', JWT_AUDIENCE: '*', JWT_ALGORITHMS: ' , ' };
    expect(problemsOf(env).message).toMatch(/^JWT_ALGORITHMS is " , ", but it takes some of RS256, /);
  });

  it('shortens a long value', () => {
    expect(problemsOf({ PORT: '9'.repeat(5_000) }).message.length).toBeLessThan(200);
  });

  it('accepts or reports any text, and never fails otherwise', () => {
    const env = fc.record(
      Object.fromEntries(
        Object.values(SETTINGS).map(({ variable }) => [variable, fc.string({ unit: 'binary' })]),
      ),
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(env, (given) => {
        try {
          readConfig(given as Record<string, string>);
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
        }
      }),
    );
  });

  it('is what the README says', () => {
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
    const rows = [...readme.matchAll(/^\| `([A-Z_]+)` \|(.*)\|(.*)\|$/gm)].map((row) =>
      row.slice(1).map((cell) => cell.replaceAll('`', '').trim()),
    );
    expect(rows).toEqual(
      Object.values(SETTINGS).map(({ variable, fallback = '', meaning }) => [variable, fallback, meaning]),
    );
  });

  it('gives each variable a flag of its own', () => {
    const flags = Object.values(SETTINGS).map(({ variable }) => flagOf(variable));
    expect(flags).toContain('sqlite-path');
    expect(new Set(flags).size).toBe(flags.length);
  });
});
