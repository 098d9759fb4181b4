import { type Config, ConfigError, type ConfigProblem, flagOf, SETTINGS } from './config.js';
import { type Setting, WrongValue } from './config-values.js';

/**
 * The configuration that `env` and `flags` (by name without dashes, which win) describe. An empty variable counts as
 * unset. Throws a ConfigError with everything that is wrong.
 */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
  flags: Readonly<Record<string, string | undefined>> = {},
): Config {
  const problems: ConfigProblem[] = [];
  const read = ({ variable, fallback, unset, parse, secret }: Setting<unknown>): unknown => {
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
  const config = Object.fromEntries(
    Object.entries(SETTINGS).map(([name, setting]) => [name, read(setting)]),
  ) as Record<keyof Config, unknown> as Config;
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

/** A value put into the wrong variable may be a URI too: what stands before its @ is never shown. */
function shown(value: string): string {
  const masked = value.replace(/:\/\/.*@/s, '://…@');
  return JSON.stringify(masked.length > 80 ? `${masked.slice(0, 80)}…` : masked);
}

function withoutSecret(value: string): string {
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(value)?.[0];
  return scheme ? `"${scheme}…"` : 'set (not shown)';
}
