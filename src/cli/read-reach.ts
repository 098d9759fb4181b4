import type { Reach } from '../domain/access/policy.js';
import { ParleyError } from '../domain/errors.js';
import type { JsonValue } from '../domain/json/json-value.js';
import { findLossyNumber } from '../domain/json/written-numbers.js';
import { checkMetadataPath, checkMetadataPaths } from '../domain/sessions/names.js';
import { type Options, UsageError } from './parse-words.js';

/** The options that say which sessions are meant. */
export const REACH: Options = {
  application: { type: 'string' },
  'session-prefix': { type: 'string' },
  metadata: { type: 'string', multiple: true },
};

export function readReach(values: Readonly<Record<string, unknown>>): Reach {
  const { application, 'session-prefix': prefix, metadata } = values;
  return {
    ...(typeof application === 'string' ? { applicationName: notEmpty('application', application) } : {}),
    ...(typeof prefix === 'string' ? { sessionIdPrefix: notEmpty('session-prefix', prefix) } : {}),
    ...(Array.isArray(metadata) ? { metadata: readMatches(metadata) } : {}),
  };
}

/** An empty one comes of a variable that is not set, and would limit nothing. */
function notEmpty(name: string, value: string): string {
  if (value !== '') return value;
  throw new UsageError(`--${name} is empty: name what it is to be limited to, or leave it out`);
}

function readMatches(given: readonly unknown[]): Record<string, JsonValue> {
  const matches = given.map(readMatch);
  try {
    // Of two values for one path the last would count.
    checkMetadataPaths(matches.map(([path]) => path));
  } catch (error) {
    if (!(error instanceof ParleyError)) throw error;
    throw new UsageError(`--metadata: ${error.message.replace(/\.$/, '')}`);
  }
  return Object.fromEntries(matches);
}

/** `user.id=alice`; a value that is JSON is taken as JSON, such as `level=3`. */
function readMatch(text: unknown): [string, JsonValue] {
  const [, path = '', value = ''] = /^([^=]+)=(.+)$/s.exec(String(text)) ?? [];
  try {
    checkMetadataPath(path);
  } catch {
    throw new UsageError('--metadata takes a path and a value, such as user.id=alice');
  }
  let parsed: JsonValue;
  try {
    parsed = JSON.parse(value) as JsonValue;
  } catch {
    return [path, value];
  }
  const lossy = findLossyNumber(value);
  if (!lossy) return [path, parsed];
  throw new UsageError(
    `--metadata ${path} is limited by the number ${lossy.digits}, whose last digits would be lost; name it as text, such as '${path}="${lossy.digits}"', and store it as text`,
  );
}
